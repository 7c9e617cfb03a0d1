import type { WireEvent } from "./events.ts";
import { type Body, object } from "./json_object.ts";

/** Gives the items in these events ids that no other answer has: a conversation brings the items of many. */
export function named(events: Iterable<WireEvent>): WireEvent[] {
  const answer = crypto.randomUUID().replaceAll("-", "").padEnd(48, "0");
  const name = (id: unknown): unknown =>
    typeof id === "string"
      ? id.replace(
        /^([a-z]+)_standin0*(\d*)$/,
        (_, kind, n) => `${kind}_${answer}${n.padStart(2, "0")}`,
      )
      : id;
  return Array.from(events, (event) => {
    const { item_id } = event;
    const item = object(event["item"]);
    return {
      ...event,
      ...(item_id === undefined ? {} : { item_id: name(item_id) }),
      ...(item === undefined || item["id"] === undefined
        ? {}
        : { item: { ...item, id: name(item["id"]) } }),
    };
  });
}

/** The items that the events bring to their end. */
export function finishedItems(events: Iterable<WireEvent>): Body[] {
  return Array.from(events).flatMap((event): Body[] => {
    const item = event.type === "response.output_item.done"
      ? object(event["item"])
      : undefined;
    return item === undefined ? [] : [item];
  });
}
