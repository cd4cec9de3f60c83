// What the linters cannot say about src/ (part of `npm run lint`; a folder to check may be given):
//   - time comes from core/clock.ts only, randomness from core/random.ts only; both are injected elsewhere
//   - the globals that Node alone has are used in node/ folders and in cli/ only
//   - a file has at most 450 lines
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const MAX_LINES = 450;
const timers = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'performance',
];
const nodeGlobals = ['Buffer', 'process', 'require', '__dirname', '__filename', 'global'];
const globalObjects = ['globalThis', 'window', 'self'];

/** One rule: which uses of a name are wrong, in which files they are right all the same, and what to do instead. */
const rules = [
  {
    globals: timers,
    members: { Date: ['now'] },
    emptyNew: ['Date'],
    allowed: (file) => file === 'core/clock.ts',
    instead: 'take time from the injected Clock (core/clock.ts)',
  },
  {
    globals: ['crypto'],
    members: { Math: ['random'] },
    allowed: (file) => file === 'core/random.ts',
    instead: 'take random octets from the injected RandomSource (core/random.ts)',
  },
  {
    globals: nodeGlobals,
    members: {},
    allowed: (file) => file.startsWith('cli/') || file.split('/').slice(0, -1).includes('node'),
    instead: 'Node alone has it: use it in a node/ folder, or in cli/',
  },
];

/** Whether an identifier is read as a variable: not a name in a declaration, a property, a label or a type. */
function isVariable(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent))
    return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isBindingElement(parent))
    return false;
  return !('name' in parent && parent.name === node);
}

/** The names a file declares itself: a parameter called `process` is not Node's. */
function declaredNames(source) {
  const names = new Set();
  const visit = (node) => {
    const declares = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node);
    if (
      (declares || ts.isImportSpecifier(node) || ts.isBindingElement(node)) &&
      node.name &&
      ts.isIdentifier(node.name)
    ) {
      names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** The global, or the member of one, that a node uses; undefined when it uses none. */
function globalUse(node, declared) {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !node.arguments?.length) {
    return { name: node.expression.text, empty: true };
  }
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const object = node.expression.text;
    if (globalObjects.includes(object)) return { name: node.name.text };
    return { name: object, member: node.name.text };
  }
  if (ts.isIdentifier(node) && isVariable(node) && !declared.has(node.text)) return { name: node.text };
  return undefined;
}

function breaks(rule, use) {
  if (use.empty) return rule.emptyNew?.includes(use.name) ?? false;
  if (use.member !== undefined) return rule.members[use.name]?.includes(use.member) ?? false;
  return rule.globals.includes(use.name);
}

function problemsOf(path, file) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const problems = [];
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) problems.push(`${path}: ${lines} lines, more than ${MAX_LINES}: part it by reason`);
  const applying = rules.filter((rule) => !rule.allowed(file));
  const declared = declaredNames(source);
  const visit = (node) => {
    const use = globalUse(node, declared);
    const rule = use && applying.find((candidate) => breaks(candidate, use));
    if (rule) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      problems.push(`${path}:${line + 1}: ${node.getText().split('\n')[0]}: ${rule.instead}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

const root = process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(root, { recursive: true }).filter((file) => file.endsWith('.ts'));
const problems = files.flatMap((file) => problemsOf(join(root, file), file.split(sep).join('/')));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`sources: ${files.length} files checked`);
