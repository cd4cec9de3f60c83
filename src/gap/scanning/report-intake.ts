import {
  AdvertisingReport,
  forEachAdvertisingReport,
  forEachExtendedAdvertisingReport,
} from '../../hci/advertising-report.js';
import {
  leAdvertisingReport,
  leDirectedAdvertisingReport,
  leExtendedAdvertisingReport,
} from '../../hci/events/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { Radio } from '../radio.js';
import { ReportChains } from './report-chains.js';

/** Takes advertisements from the controller's events, whichever of them it has: whole ones, and those that are for this device. */
export class ReportIntake {
  private readonly chains: ReportChains;

  /** @param take is given each; one function for the life of the host, as reports come by the million */
  constructor({ host, addresses, controller }: Radio, take: (report: AdvertisingReport) => void) {
    this.chains = new ReportChains((message) => host.report({ layer: 'gap', message }));
    const part = (report: AdvertisingReport) => {
      const whole = this.chains.take(report);
      if (whole && (!whole.directUnresolved || addresses.isOwn(whole.directAddress!))) take(whole);
    };
    host.onRawEvent(leExtendedAdvertisingReport, (bytes, start, end) => {
      const codings = hasLeFeature(controller().leFeatures, 'advertisingCodingSelection');
      if (!forEachExtendedAdvertisingReport(bytes, start, end, part, codings)) {
        host.report({
          layer: 'hci',
          message: 'an LE Extended Advertising Report is malformed; what was sound of it was passed on',
        });
      }
    });
    host.onEvent(leDirectedAdvertisingReport, ({ reports }) => {
      for (const report of reports) {
        const made = AdvertisingReport.directed(report);
        if (addresses.isOwn(made.directAddress!)) take(made);
      }
    });
    host.onRawEvent(leAdvertisingReport, (bytes, start, end) => {
      if (!forEachAdvertisingReport(bytes, start, end, take)) {
        host.report({
          layer: 'hci',
          message: 'an LE Advertising Report is malformed; what was sound of it was passed on',
        });
      }
    });
  }

  /** Gives up what has come in parts: the controller begins anew. */
  clear(): void {
    this.chains.clear();
  }
}
