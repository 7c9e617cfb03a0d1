import type { CallPiece, ChatCall } from "./wire.ts";

interface Call {
  id: string | undefined;
  name: string;
  arguments: string;
}

/** The calls of one answer, put together from their pieces. */
export class Calls {
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();

  get size(): number {
    return this.#calls.length;
  }

  add(piece: CallPiece): void {
    const call = this.#find(piece) ?? this.#begin(piece);
    call.id ??= piece.id;
    if (call.name === "") call.name = piece.name ?? "";
    call.arguments += piece.arguments;
  }

  /** All of them, in the order in which they began, with ids made up for those that have none. */
  finished(idPrefix: string): readonly ChatCall[] {
    return this.#calls.map(({ id, name, arguments: given }, at) => ({
      id: id ?? `${idPrefix}${at + 1}`,
      type: "function",
      // A call without parameters may come with nothing, which no reader of JSON accepts.
      function: { name, arguments: given === "" ? "{}" : given },
    }));
  }

  /** The call that a piece goes on with, or undefined when it begins one. */
  #find({ index, id, name }: CallPiece): Call | undefined {
    const call = index === undefined
      ? this.#calls.findLast((call) => id === undefined || call.id === id)
      : this.#byIndex.get(index);
    if (call === undefined || name === undefined) return call;
    // Some servers give every call index 0, or none: a name with another id is another call.
    const another = id === undefined
      ? index === undefined
      : call.id !== undefined && call.id !== id;
    return another ? undefined : call;
  }

  #begin({ index }: CallPiece): Call {
    const call: Call = { id: undefined, name: "", arguments: "" };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }
}
