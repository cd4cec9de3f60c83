import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** A program of a page, and what the page says that it prints. */
export interface DocProgram {
  readonly text: string;
  /** The `text` block right behind it; `undefined` where there is none. */
  readonly printed: string | undefined;
}

/** The programs of a page of documentation, in a folder inside of the package: `bluewire` is the package itself there, as built. */
export class DocPrograms {
  readonly programs: readonly DocProgram[];
  private readonly folder: string;

  constructor(page: string) {
    const text = readFileSync(join(root, page), 'utf8');
    this.folder = join(root, '.cache', page.replaceAll(/\W/g, '-'));
    this.programs = [...text.matchAll(/```ts\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs)].map(
      ([, program, printed]) => ({ text: program!, printed }),
    );
  }

  write(): void {
    this.remove();
    mkdirSync(this.folder, { recursive: true });
    for (const [i, { text }] of this.programs.entries()) {
      writeFileSync(join(this.folder, `program-${i}.ts`), text);
      const { code } = transformSync(text, { loader: 'ts', target: 'es2022' });
      writeFileSync(join(this.folder, `program-${i}.mjs`), code);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What TypeScript says of all of them: nothing, when their types are right. */
  check(): string {
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2023', 'dom', 'esnext.disposable'], module: 'nodenext' },
      ...{ types: ['node'], strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
      ...{ exactOptionalPropertyTypes: true, noEmit: true },
    };
    const config = join(this.folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    return spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' }).stdout;
  }

  /** What a program prints. */
  run(index: number): string {
    return execFileSync(process.execPath, [join(this.folder, `program-${index}.mjs`)], {
      encoding: 'utf8',
      timeout: 20_000,
    });
  }
}
