/** For pauses that a test is about, and for polls of what tells nobody; never to wait for something that does. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
