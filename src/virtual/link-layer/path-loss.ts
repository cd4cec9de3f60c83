/** What LE Set Path Loss Reporting Parameters sets, in dB and connection events: Core Vol 4, Part E, 7.8.119. */
export interface PathLossParameters {
  readonly highThreshold: number;
  readonly highHysteresis: number;
  readonly lowThreshold: number;
  readonly lowHysteresis: number;
  readonly minTimeSpent: number;
}

const Zone = { low: 0, middle: 1, high: 2 } as const;
/** High_Threshold that is not in use. */
const UNUSED = 0xff;

/** Path Loss Monitoring of one connection: Core Vol 6, Part B, 4.5.16. */
export class PathLossMonitor {
  private readonly report: (pathLoss: number, zone: number) => void;
  private zone: number | undefined;
  private candidate: number | undefined;
  private spent = 0;
  parameters: PathLossParameters;

  constructor(parameters: PathLossParameters, report: (pathLoss: number, zone: number) => void) {
    this.parameters = parameters;
    this.report = report;
  }

  /** The path loss in one connection event, in dB. */
  measured(pathLoss: number): void {
    const zone = this.zoneOf(pathLoss);
    if (zone === this.zone) {
      this.candidate = undefined;
      return;
    }
    if (zone !== this.candidate) {
      this.candidate = zone;
      this.spent = 0;
    }
    // The zone that it is in at first is told at once.
    if (this.zone !== undefined && ++this.spent < this.parameters.minTimeSpent) return;
    this.zone = zone;
    this.candidate = undefined;
    this.report(pathLoss, zone);
  }

  private zoneOf(pathLoss: number): number {
    const { highThreshold, highHysteresis, lowThreshold, lowHysteresis } = this.parameters;
    // What is entered is left by twice the hysteresis only.
    const high = highThreshold + (this.zone === Zone.high ? -highHysteresis : highHysteresis);
    const low = lowThreshold + (this.zone === Zone.low ? lowHysteresis : -lowHysteresis);
    const isHigh = this.zone === Zone.high ? pathLoss >= high : pathLoss > high;
    if (highThreshold !== UNUSED && isHigh) return Zone.high;
    return (this.zone === Zone.low ? pathLoss <= low : pathLoss < low) ? Zone.low : Zone.middle;
  }
}
