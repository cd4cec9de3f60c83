import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNames, JsonSyntaxError, jsonPlace, parseJson } from '../../src/core/json-lines.js';

function refusal(text: string): JsonSyntaxError {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('JSON with places', () => {
  it.each([
    ['', 1, 1, 'the text ends in the middle'],
    ['{\n  "a": 1,\n  "b": \n', 4, 1, 'the text ends in the middle'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or the end of the object is wanted'],
    ['{\n  "a": nope\n}', 2, 8, 'a value is wanted'],
    ['[1,\n2,\n]', 3, 1, 'a value is wanted'],
    ['[01]', 1, 3, 'a comma or the end of the list is wanted'],
    ['{ a: 1 }', 1, 3, 'a name in quotes is wanted'],
    ['{ "a" 1 }', 1, 7, 'a colon is wanted'],
    ['["a\nb"]', 1, 4, 'a string does not end'],
    ['["\\x41"]', 1, 3, 'a string does not end'],
    ['{}\n{}', 2, 1, 'something stands behind the end'],
    ['\u0000\u0000\u0000', 1, 1, 'a value is wanted'],
  ])('tells where %j is wrong', (text, line, column, message) => {
    expect(refusal(text)).toMatchObject({ line, column, message });
  });

  it('shows nothing of the text', () => {
    expect(refusal('{ "ltk": "00112233" "irk": "44556677" }').message).not.toMatch(/\d/);
  });

  it('is not exhausted by text that nests without end', () => {
    expect(refusal('['.repeat(1_000_000)).message).toBe('more than 200 levels are not read');
  });

  it('takes what JSON.parse takes, and refuses what it refuses', () => {
    const mutilated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ',', ']', '1', '\\', '\n', 'e'))
      .map(([text, at, put]) => {
        const i = at % (text.length + 1);
        return text.slice(0, i) + put + text.slice(i + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutilated, fc.string()), (text) => {
        let native: unknown;
        try {
          native = JSON.parse(text);
        } catch {
          // The scanner finds a reason of its own in every text that is refused.
          expect(refusal(text).message).not.toBe('no JSON');
          return;
        }
        expect(parseJson(text)).toEqual(native);
        // And goes through every sound text.
        expect(jsonPlace(text, []).line).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the line of a path, however the text is written', () => {
    const text = '{ "x": [\n 1,\n  {"y": "a\\u0022b", "z \\n": [\n\n true ] }],\n "x2": null }';
    expect(jsonPlace(text, [])).toEqual({ line: 1, column: 1 });
    expect(jsonPlace(text, ['x', 1])).toEqual({ line: 3, column: 3 });
    expect(jsonPlace(text, ['x', 1, 'z \n', 0])).toEqual({ line: 5, column: 2 });
    expect(jsonPlace(text, ['x2'])).toEqual({ line: 6, column: 8 });
    // What is missing is where it should be.
    expect(jsonPlace(text, ['x', 1, 'missing'])).toEqual({ line: 3, column: 3 });
    expect(jsonPlace(text, ['q'])).toEqual({ line: 1, column: 1 });
  });

  it('finds a name that an object has twice, of which JSON.parse would drop one', () => {
    for (const sound of ['{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', '[]', '"a"'])
      expect(() => checkNames(sound)).not.toThrow();
    const twice = '{"a": 1,\n "b": {"c": 1,\n\n  "\\u0063": 2}}';
    expect(() => checkNames(twice)).toThrow(
      expect.objectContaining({ message: 'a name is there twice', line: 4, column: 3 }),
    );
  });
});
