/**
 * A vitest reporter: names every skipped test and ends with one plain line of counts.
 *
 * With CI=true nothing may be skipped for want of something: a skipped test fails the run, unless its name says
 * which later work it waits for, as "(later: pairing)".
 */
export default class SkipReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped = [];
    let brokenFiles = 0;
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) brokenFiles++;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed' || state === 'failed') counts[state]++;
        else {
          counts.skipped++;
          skipped.push(`${module.relativeModuleId} > ${test.fullName}${note ? ` [${note}]` : ''}`);
        }
      }
    }
    const print = (line) => process.stdout.write(`${line}\n`);
    for (const name of skipped) print(`skipped: ${name}`);
    const wanting = skipped.filter((name) => !name.includes('(later: '));
    if (process.env.CI === 'true' && wanting.length > 0) {
      print(`CI=true: ${wanting.length} skipped test(s) miss what they need, which fails the run`);
      process.exitCode = 1;
    }
    const failed = counts.failed + brokenFiles + unhandledErrors.length;
    print(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
  }
}
