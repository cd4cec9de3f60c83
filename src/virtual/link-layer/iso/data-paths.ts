/** The data paths of one stream, by HCI: Core Vol 4, Part E, 7.8.109. */
export class DataPaths {
  /** From the host to the air. */
  input = false;
  /** From the air to the host. */
  output = false;

  clear(): void {
    this.input = false;
    this.output = false;
  }
}
