/**
 * What the state of a transaction is likely to hold, for raw deflate: the likeliest last, which is the cheapest to refer
 * to. Never changed, or what was written with it could not be read any more: a better one gets a format of its own.
 */
export const STATE_DICTIONARY = Buffer.from(
  [
    '"payment.expired","payment.canceled","canceled","expired","unknown","dispute.lost","charged_back","dispute.won"',
    '"adyen:","paypal:WH-","square:","standard-webhooks","generic","GBP","JPY","CHF","none"],["stale"],["',
    '"payment.failed","failed","payment.pending","pending","refund.failed","refund.pending"',
    '"dispute.opened","disputed","refunded","partially_refunded","refund.succeeded","occurredAt":null,"eventId":"',
    ',"currency":null,"payment":null,"refunds":{},"disputes":{},"refundTotalMinor":"',
    '"payment.authorized","authorized","applied"],["payment.processing","processing","applied"],["stripe:evt_',
    '[{"transactionId":"stripe:pi_3","provider":"stripe","currency":"USD","currency":"EUR","payment":{"latest":{"type":',
    '"payment.succeeded","occurredAt":"2026-01-01T00:00:00.000Z","eventId":"stripe:evt_3"},"amount":{"type":',
    '"payment.succeeded","occurredAt":"2027-01-01T00:00:00.000Z","eventId":"stripe:evt_1","minor":"1000"}},',
    '"refunds":{"re_3":{"latest":{"type":"refund.succeeded","occurredAt":"","amount":null}},',
    '"disputes":{"du_1":{"latest":{"type":"dispute.opened","occurredAt":"","amount":null}},',
    '"refundTotalMinor":null,"lastEventAt":"2026-12-01T00:00:00.000Z"},[["stripe:evt_1',
    '","payment.succeeded","2026-11-01T00:00:00.000Z","2026-10-01T00:00:00.000Z",null,"succeeded","applied"]]]',
  ].join(""),
);
