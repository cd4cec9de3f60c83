/** The style of the report: light or dark as the reader's system is, readable from 360 pixels on. */
export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2430;--soft:#5c6876;--line:#d9dfe6;--card:#f5f7fa;--accent:#1f5fd0}
@media (prefers-color-scheme:dark){:root{--paper:#11161d;--ink:#e4e9ef;--soft:#98a5b3;--line:#2b3643;--card:#1a222c;--accent:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:1160px;margin:0 auto;padding:0 20px}
header{padding-top:22px}h1{font-size:24px;margin:0;overflow-wrap:anywhere}header p,.note{color:var(--soft);margin:4px 0}
h2{font-size:17px;margin:0 0 8px}section{margin:26px 0}
footer{color:var(--soft);font-size:13px;padding-bottom:24px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:10px;margin:16px 0}
.cards div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 12px}
.cards dt{color:var(--soft);font-size:13px}.cards dd{margin:0;font-size:22px;font-variant-numeric:tabular-nums}
.chart{margin:0}.plot{position:relative;border:1px solid var(--line);border-radius:6px;overflow:hidden;background:var(--card)}
.plot svg{position:absolute;inset:0;width:100%;height:100%}
.y span{position:absolute;left:6px;font-size:12px;color:var(--soft);transform:translateY(-50%);pointer-events:none;background:color-mix(in srgb,var(--card) 75%,transparent);padding:0 3px;border-radius:3px}
.y span[style="top:0"],.y span[style^="top:0.000"]{transform:none}.y span.low,.y span[style^="top:100"]{transform:translateY(-100%)}
.x{position:relative;height:18px;font-size:12px;color:var(--soft)}.x span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.x span.first{transform:none}.x span.last{transform:translateX(-100%)}
.zero,.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}.zero{stroke:var(--soft)}
.line{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;margin:6px 0;font-size:13px}.legend li{overflow-wrap:anywhere}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
.lanes{margin-bottom:12px}.lane{display:grid;grid-template-columns:minmax(90px,200px) 1fr;gap:10px;align-items:center;margin:3px 0}
.who{font-size:13px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.track{position:relative;height:20px;background:var(--card);border-radius:4px}.track.axis{background:none}
.bar{position:absolute;top:2px;bottom:2px;border-radius:4px;min-width:3px}.bar b{position:absolute;top:-2px;bottom:-2px;width:2px;background:var(--ink);opacity:.55}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;max-height:520px;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{padding:4px 10px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{position:sticky;top:0;background:var(--card);font-weight:600;color:var(--soft)}td.n{text-align:right;font-variant-numeric:tabular-nums}td:first-child{max-width:420px;overflow:hidden;text-overflow:ellipsis}
.filter{display:flex;flex-wrap:wrap;gap:8px 16px;margin-bottom:8px;font-size:14px}.filter input,.filter select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:3px 8px;max-width:220px}
button{cursor:pointer}
.sequence{min-width:520px;font-size:13.5px}.ends,.step{display:grid;grid-template-columns:92px 1fr}
.ends{grid-template-columns:92px auto 1fr auto;position:sticky;top:0;background:var(--card);color:var(--soft);padding:4px 12px 4px 0;border-bottom:1px solid var(--line);font-weight:600}
.step time{color:var(--soft);font-variant-numeric:tabular-nums;text-align:right;padding:3px 10px 3px 0}
.arrow{position:relative;margin-right:12px;padding:1px 16px 9px;border-left:1px solid var(--line);border-right:1px solid var(--line);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.arrow::after{content:"";position:absolute;left:1px;right:1px;bottom:4px;border-bottom:1.5px solid var(--accent)}
.arrow::before{content:"";position:absolute;bottom:1px;border:4px solid transparent}
.sent .arrow::before{right:0;border-left-color:var(--accent);border-right-width:0}.received .arrow::before{left:0;border-right-color:var(--accent);border-left-width:0}
.received .arrow{text-align:right}.step em{font-style:normal;font-weight:600}.step code{color:var(--soft);font-size:12.5px}
.smp .arrow::after{border-bottom-style:dashed}[hidden]{display:none!important}
${[
  '#2f6fde',
  '#e07a1f',
  '#2d9d61',
  '#b847c4',
  '#c9a200',
  '#d23f54',
  '#12a0b8',
  '#7a6ff0',
  '#8a6d4b',
  '#5c8f1d',
  '#e0569b',
  '#607d8b',
]
  .map(
    (colour, i) =>
      `path.c${i}{fill:${colour}}path.line.c${i}{fill:none;stroke:${colour}}.bar.c${i},i.c${i}{background:${colour}}`,
  )
  .join('')}
@media (max-width:600px){header,main,footer{padding:0 12px}h1{font-size:20px}.lane{grid-template-columns:84px 1fr}.cards{grid-template-columns:repeat(3,1fr)}.cards dd{font-size:18px}.cards dt{font-size:12px}}
@media print{.scroll{max-height:none}}
`;

/** What the page does by itself: opens long tables, and filters the sequence. */
export const script = `
'use strict';
for (const button of document.querySelectorAll('button.all')) {
  button.addEventListener('click', () => {
    const section = button.closest('section');
    for (const row of section.querySelectorAll('[hidden]')) row.hidden = false;
    button.hidden = true;
    apply(true);
  });
}
const filter = document.getElementById('filter');
function apply(all) {
  if (!filter) return;
  const { connection, protocol, text } = filter.elements;
  const wanted = text.value.toLowerCase();
  const isFiltered = connection.value !== '' || protocol.value !== '' || wanted !== '';
  const steps = [...document.querySelectorAll('#sequence .step')];
  const button = filter.closest('section').querySelector('button.all');
  if (isFiltered) button.hidden = true;
  let shown = 0;
  for (const [i, step] of steps.entries()) {
    const fits = (connection.value === '' || step.dataset.connection === connection.value) &&
      (protocol.value === '' || step.dataset.protocol === protocol.value) &&
      (wanted === '' || step.textContent.toLowerCase().includes(wanted));
    step.hidden = !fits || (!isFiltered && !all && i >= 200 && !button.hidden);
    if (!step.hidden) shown++;
  }
  document.getElementById('shown').textContent = isFiltered ? shown + ' of ' + steps.length : '';
}
filter?.addEventListener('input', () => apply(false));
filter?.addEventListener('submit', (event) => event.preventDefault());
`;
