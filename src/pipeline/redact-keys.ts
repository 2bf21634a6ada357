/**
 * What the name of a field says about its value.
 * `code`: a card's security code. `pin`, `pin_block`: a PIN, clear or encrypted. `address_pin`: a PIN or, in an Indian
 * address, a postal code. `track`: magnetic stripe data. `chip`: data read from a chip. `card`: something about a card.
 * `own`: an identifier, an amount or a time of the provider or the merchant. `link`: an address of the provider's API.
 * `phone`: a telephone number. `plain`: nothing.
 */
export type KeyKind =
  | "code"
  | "pin"
  | "address_pin"
  | "pin_block"
  | "track"
  | "chip"
  | "card"
  | "own"
  | "link"
  | "phone"
  | "plain";

/** The words of a name in lower case, whatever separates them: `["card", "pin"]` for `cardPin` and `card[PIN]`. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(-64)
    .replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$2 ")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

/**
 * Judges a field by the words of its name and of its object's: `number` within `card`. Only whole words count:
 * `cardPin` is a PIN, `shipping` and `pinCode` are not.
 */
export function kindOfWords(words: readonly string[], outer: readonly string[]): KeyKind {
  const kind = lookUp(words);
  const all = [...outer, ...words];
  if (kind === "pin") return all.some((word) => ADDRESS.test(word)) ? "address_pin" : "pin";
  if (kind !== undefined) return kind;
  // What is secret has to say so itself, because the first look at a body does not see structure.
  const kindWithin = lookUp(all);
  if (kindWithin === "own" || kindWithin === "phone") return kindWithin;
  if (GLUED_OWN.test(words.at(-1) ?? "")) return "own";
  return all.some((word) => CARD_WORD.test(word)) ? "card" : "plain";
}

/** By the last one to three words, written as one; the longest name decides. */
function lookUp(words: readonly string[]): KeyKind | undefined {
  const last = words.at(-1) ?? "";
  const lastTwo = (words.at(-2) ?? "") + last;
  kinds ??= kindsByName();
  return kinds.get((words.at(-3) ?? "") + lastTwo) ?? kinds.get(lastTwo) ?? kinds.get(last);
}

/** Whether a field of this name carries what its object is named for: `{"cvv": {"value": "…"}}`. */
export function isNeutralKey(key: string): boolean {
  return NEUTRAL.has(key.toLowerCase());
}

/** Which part a field plays in a pair such as `{"name": "cvv", "value": "…"}`. */
export function partInPair(key: string): "label" | "value" | "none" {
  const name = key.toLowerCase();
  return LABELS.has(name) ? "label" : VALUES.has(name) ? "value" : "none";
}

const NEUTRAL = new Set(["value", "val", "data", "text", "content", "number", "raw", "plain"]);
const VALUES = new Set(["value", "val", "data", "text", "content"]);
const LABELS = new Set(["name", "key", "field", "label", "param", "parameter"]);

/** Names of one to three words, written as one. */
const NAMES: Readonly<Partial<Record<KeyKind, string>>> = {
  code: `
    cvv cvv2 cvc cvc2 cvn cvn2 cvd cvd2 cav cav2 csc cid cardcvv cardcvv2 cardcvc cardcvc2 cardcvn cardcvd cardcsc cardcid
    securitycode cardsecuritycode cardcode cvvcode cvv2code cvccode cvc2code cvncode cvvnumber cvcnumber cvvvalue
    cvv2value cvcvalue verificationvalue cardverificationvalue cardverificationcode cardverificationnumber`,
  pin: "pin cardpin atmpin debitpin mpin pinnumber pinvalue",
  pin_block: "pinblock encryptedpinblock encryptedpin pindata encryptedpindata",
  track: `
    track1 track2 track3 trackone tracktwo trackthree trackdata track1data track2data track3data trackonedata
    tracktwodata trackthreedata track2equivalent track2equivalentdata magstripe magstripedata
    magstrip magneticstripe magneticstripedata swipe swipedata`,
  chip: "emv emvdata icc iccdata chip chipdata",
  phone: `
    phone mobile cell cellphone tel telephone fax msisdn whatsapp contact phonenumber mobilenumber mobilephone
    contactnumber phoneno mobileno telno`,
  own: `
    id ids uuid guid ref refs reference references rrn arn stan nsu imei siret siren ordinal ean gtin upc isbn barcode sku iban pspreference
    orderno ordernumber orderref invoiceno invoicenumber receiptno receiptnumber refno referencenumber referenceno
    transactionno transactionnumber txnno tracenumber traceno trackingnumber trackingcode batchnumber paymentnumber
    documentnumber serialnumber authcode approvalcode paymentcode productcode itemcode clabe bankaccountnumber
    virtualaccountnumber virtualaccountno vanumber vano
    amount amounts total subtotal balance price fee fees tax net gross
    timestamp time date datetime at ts created updated`,
  link: "href self",
};

/** Made when it is first needed, which for most webhooks is never. */
let kinds: ReadonlyMap<string, KeyKind> | undefined;

function kindsByName(): ReadonlyMap<string, KeyKind> {
  return new Map(
    Object.entries(NAMES).flatMap(([kind, names]) =>
      names
        .trim()
        .split(/\s+/)
        .map((name) => [name, kind as KeyKind] as const),
    ),
  );
}

/** Identifiers and the like in names that are written as one word. */
const GLUED_OWN =
  /^(?:transaction|txn|tx|payment|pay|order|charge|capture|refund|dispute|event|merchant|customer|user|account|invoice|session|request|external|original|trade|psp|acquirer|network|scheme|trace|client|checkout|subscription|object|resource|parent)(?:id|ref|reference|timestamp|time|date|amount)$/;
const CARD_WORD = /card|^(?:pan|[fd]pan|cc|ccnum|ccnumber|maestro|primaryaccountnumber)$/;
const ADDRESS = /^(?:address|addr|billing|shipping|delivery|postal|zip|area|city)/;
