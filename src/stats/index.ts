/** What a capture came to: connections, throughput, advertisers, errors, gaps; for programs, a terminal, and as a page. */
export { StatisticsCollector } from './collector.js';
export { reportPage } from './html/page.js';
export * from './statistics.js';
export { reportText } from './text.js';
