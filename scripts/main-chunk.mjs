import { readFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** The entry that stands for all that `bluewire` loads. */
export const MAIN_CHUNK = 'main-chunk';

/**
 * An esbuild plugin: what `import('bluewire')` loads becomes one chunk, instead of one for every set of entries that
 * share some of it. esbuild puts two modules into one chunk when the same entries reach them; so here every entry, and
 * every module that is loaded by a dynamic import, reaches the whole of the main chunk.
 *
 * @param root the project's folder
 * @param standalone modules under src/ that do something when they are loaded: they stay files of their own, so that
 *   `sideEffects` in package.json can name them
 */
export function mainChunk({ root, standalone }) {
  const source = join(root, 'src');
  const standaloneFiles = standalone.map((name) => join(source, `${name}.ts`));

  /** The text of an entry in front of the module itself: the program's first line, and the way into the main chunk. */
  const wrapper = (file) => {
    const [hashbang] = /^#!.*\n/.exec(readFileSync(file, 'utf8')) ?? [''];
    const module = JSON.stringify(`./${basename(file)}`);
    return `${hashbang}import '${MAIN_CHUNK}';\nexport * from ${module};\n`;
  };

  return {
    name: 'main-chunk',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${MAIN_CHUNK}$`) }, () => ({
        path: MAIN_CHUNK,
        namespace: MAIN_CHUNK,
      }));

      // What the package's own entry exports, without what it does.
      onLoad({ filter: /.*/, namespace: MAIN_CHUNK }, () => ({
        contents: readFileSync(join(source, 'index.ts'), 'utf8').replace(/^import '[^']+';$/gm, ''),
        resolveDir: source,
        loader: 'ts',
      }));

      onResolve({ filter: /^(src|\.\.?)\// }, ({ path, kind, resolveDir, namespace }) => {
        const file = join(kind === 'entry-point' ? root : resolveDir, path.replace(/\.js$/, '.ts'));
        // The choice of the platform's transports loads nothing before it is asked to, and is imported by the main chunk.
        const wanted =
          kind === 'entry-point' ? !file.endsWith(`${sep}transports.ts`) : kind === 'dynamic-import';
        if (wanted) return { path: file, namespace: 'wrapped' };
        if (namespace === 'file' && standaloneFiles.includes(file)) return { path, external: true };
        return undefined;
      });

      onLoad({ filter: /.*/, namespace: 'wrapped' }, ({ path }) => ({
        contents: wrapper(path),
        resolveDir: dirname(path),
        loader: 'js',
      }));
    },
  };
}
