import { type StoredMessage, stateOf } from "./stored-message.ts";

/** Of a standard queue: whatever is visible, in the order of arrival (the service promises none). */
export function standardOrder(messages: readonly StoredMessage[], now: number): readonly StoredMessage[] {
  return messages.filter((message) => stateOf(message, now) === "visible");
}

/**
 * Of a FIFO queue: the messages that may be delivered now, group by group and in order within each. A group with a
 * message in flight gives nothing, and nothing passes a message that is still delayed. The group that was served last
 * comes last (`served`: the number of the receive), so that one long group does not starve the others.
 * Source: SQS developer guide, "FIFO queue delivery logic" and "Interleaving multiple ordered message groups".
 */
export function fifoOrder(
  messages: readonly StoredMessage[],
  now: number,
  served: ReadonlyMap<string, number>,
): readonly StoredMessage[] {
  const groups = new Map<string, StoredMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.content.groupId ?? "");
    if (group === undefined) groups.set(message.content.groupId ?? "", [message]);
    else group.push(message);
  }
  return [...groups]
    .filter(([, group]) => group.every((message) => stateOf(message, now) !== "in flight"))
    .sort(([one], [other]) => (served.get(one) ?? 0) - (served.get(other) ?? 0))
    .flatMap(([, group]) => {
      const waiting = group.findIndex((message) => stateOf(message, now) !== "visible");
      return waiting === -1 ? group : group.slice(0, waiting);
    });
}
