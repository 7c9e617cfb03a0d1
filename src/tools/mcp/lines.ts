/**
 * The lines of a stream of UTF-8, the last one only if it ends in a newline.
 *
 * @param longest The most that a line may have, in UTF-16 units.
 * @throws {RangeError} when one has more.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new Blob(["a\nb\n\nc"]).stream();
 * assert.deepEqual(await Array.fromAsync(linesOf(bytes, 80)), ["a", "b", ""]);
 * ```
 */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true })
      .split("\n");
    let piece = first;
    for (const next of rest) {
      yield [...pieces, piece].join("");
      [pieces, length, piece] = [[], 0, next];
    }
    // Kept in pieces: to join them anew with every chunk would take the square of the time.
    pieces.push(piece);
    length += piece.length;
    if (length > longest) throw new RangeError("A line is too long");
  }
}
