/// <reference lib="deno.worker" />
import { copyPrivately, createPrivateFile } from "../../src/deno_host.ts";
import { openDatabase } from "../../src/store/database.ts";

/** What a worker tells of the database it opened. */
export interface Opened {
  readonly writable: boolean;
  readonly version: unknown;
  readonly mode: unknown;
}

// Its first message tells that it is loaded; each path it is sent is opened at once.
self.onmessage = async ({ data }): Promise<void> => {
  try {
    const { database, writable } = await openDatabase(String(data), {
      createPrivateFile,
      copyPrivately,
    });
    const opened: Opened = {
      writable,
      version: database.prepare("PRAGMA user_version").get()?.user_version,
      mode: database.prepare("PRAGMA journal_mode").get()?.journal_mode,
    };
    database.close();
    self.postMessage(opened);
  } catch (error) {
    self.postMessage(`${error}`);
  }
};
self.postMessage("ready");
