/** Registers a test, as `test` of vitest and of node:test do. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;
