import type { ReadableField, ReadablePacket } from '../../decode/index.js';

/** Sets whose data are under way. */
const LIMIT = 256;

/**
 * Knows which advertising reports go on where another one ended: their data may begin in the middle of a structure, and what
 * a decoder sees in them is not to be trusted (Core Vol 4, Part E, 7.7.65.13, Data_Status).
 */
export class AdvertisingChains {
  private readonly open = new Set<string>();
  private readonly spans = new Set<ReadableField>();

  /** The data of the reports in a packet that are the rest of something. */
  continuing({ name, fields }: ReadablePacket): readonly ReadableField[] {
    this.spans.clear();
    if (!/Advertising_Report/.test(name)) return [];
    const reports = fields.find(({ key }) => key === 'reports')?.fields ?? [];
    const bodies = reports.length > 0 ? reports.map((report) => report.fields ?? []) : [fields];
    const found: ReadableField[] = [];
    for (const body of bodies) {
      const data = body.find(({ key }) => key === 'data');
      const of = (key: string) => body.find((field) => field.key === key)?.value ?? '';
      const set = `${name} ${of('address')} ${of('advertisingSid')} ${of('syncHandle')} ${of('subevent')}`;
      const wasOpen = this.open.delete(set);
      const type = body.find(({ key }) => key === 'eventType');
      const status =
        type?.length === 2 && typeof type.value === 'number' ? (type.value >> 5) & 3 : of('dataStatus');
      if (status === 1) {
        this.open.add(set);
        if (this.open.size > LIMIT) this.open.delete(this.open.values().next().value!);
      }
      if (wasOpen && data) found.push(data);
    }
    for (const data of found) this.spans.add(data);
    return found;
  }

  /** A field without those data that {@link continuing} gave last. */
  without(field: ReadableField): ReadableField {
    if (this.spans.size === 0 || !field.fields) return field;
    return {
      ...field,
      fields: field.fields.filter((inside) => !this.spans.has(inside)).map((inside) => this.without(inside)),
    };
  }
}
