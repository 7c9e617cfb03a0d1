/// <reference lib="deno.worker" />

/** What is put in each other's place until the flag is set. */
export interface Swapping {
  /** A folder or file. */
  readonly path: string;
  /** A link that takes its name for a moment. */
  readonly link: string;
  readonly flag: SharedArrayBuffer;
}

// Its first message tells that it swaps.
self.onmessage = ({ data }: MessageEvent<Swapping>): void => {
  const { path, link, flag } = data;
  const over = new Int32Array(flag);
  const aside = `${path}.aside`;
  self.postMessage("swapping");
  while (Atomics.load(over, 0) === 0) {
    Deno.renameSync(path, aside);
    putBack(link, path);
    Deno.renameSync(path, link);
    putBack(aside, path);
  }
  self.postMessage("over");
};

/** Somebody may have made a folder there in the moment in which there was nothing. */
function putBack(aside: string, path: string): void {
  for (;;) {
    try {
      return Deno.renameSync(aside, path);
    } catch {
      Deno.removeSync(path, { recursive: true });
    }
  }
}
