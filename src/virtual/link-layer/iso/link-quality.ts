/** What LE Read ISO Link Quality counts: Core Vol 4, Part E, 7.8.116. */
export class LinkQuality {
  /** Payloads that were sent and never acknowledged. */
  txUnacked = 0;
  /** Payloads given up at their flush points. */
  txFlushed = 0;
  /** Payloads sent in the last subevent of an event. */
  txLastSubevent = 0;
  /** Payloads sent again. */
  retransmitted = 0;
  crcErrors = 0;
  /** Payloads that did not arrive before their flush points. */
  rxUnreceived = 0;
  /** Payloads that came again. */
  duplicates = 0;
  private newest = -1;

  /** A payload goes out. */
  sent(number: number, inLastSubevent: boolean): void {
    if (inLastSubevent) this.txLastSubevent++;
    if (number <= this.newest) this.retransmitted++;
    else this.newest = number;
  }
}
