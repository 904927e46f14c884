import { AudiozooError } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { parseLabels } from '../src/input/label-file.js';

const parse = (text: string) => parseLabels(text, 'labels.csv');

describe('a label file', () => {
  test('is read in the official form, quotes included', () => {
    expect(
      parse('index,mid,display_name\n0,/m/09x0r,"Speech"\n1,/m/05zppz,"Male speech, man speaking"\n'),
    ).toEqual([
      { name: 'Speech', mid: '/m/09x0r' },
      { name: 'Male speech, man speaking', mid: '/m/05zppz' },
    ]);
  });

  test('is put in the order of the index', () => {
    expect(parse('display_name,index\nb,1\na,0\n')).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('may come without a header, and with a byte order mark, CRLF and empty lines', () => {
    expect(parse('\u{FEFF}0,/m/a,a\r\n\r\n1,/m/b,b\r\n')).toEqual([
      { name: 'a', mid: '/m/a' },
      { name: 'b', mid: '/m/b' },
    ]);
    expect(parse('1,b\n0,a')).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('may be one name per line', () => {
    expect(parse('dog\nrooster\n"rain, heavy"\n')).toEqual([
      { name: 'dog' },
      { name: 'rooster' },
      { name: 'rain, heavy' },
    ]);
  });

  test('takes names that mean something to JavaScript as names', () => {
    expect(parse('__proto__\nconstructor')).toEqual([{ name: '__proto__' }, { name: 'constructor' }]);
  });

  test.each([
    ['empty', '', /no labels/],
    ['a header alone', 'index,mid,display_name\n', /no labels/],
    ['an index twice', '0,a\n0,b', /class 0 stands twice: got a and b/],
    ['a gap', '0,a\n2,b', /each whole number from 0 to 1 once, got "2"/],
    ['a huge index', '0,a\n99999999999,b', /"99999999999"/],
    ['a negative index', '-1,a', /"-1"/],
    ['an index that is no number', 'index,display_name\nx,a', /"x"/],
    ['a nameless class', '0,a\n1,', /class 1 has no name/],
    ['unknown columns', 'id,display_name\n0,a', /columns are not known/],
    ['a column twice', 'index,index,display_name\n0,0,a', /columns are not known/],
    ['too many columns', '0,a,b,c', /columns are not known/],
    ['a comma outside quotes', 'dog\nrain, heavy', /not valid CSV.*double quotes/],
    ['a quote that stays open', '"dog\nrooster', /not valid CSV/],
  ])('is refused: %s', (_title, text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.toSatisfy((error) => AudiozooError.isInstance(error, 'file')));
  });
});
