import { Bluetooth } from 'bluewire';
import { main } from '../../../examples/01-heart-rate.mjs';

/** Runs the quick example on `virtual:`, and gives the lines that it prints. */
globalThis.runQuickExample = async () => {
  const lines = [];
  await main({
    options: { transport: 'virtual:' },
    print: (line) => lines.push(String(line)),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  await new Bluetooth().deinit();
  return lines;
};
