import { expect, test } from 'vitest';
import { parseLabels } from '../src/label-file.js';

test('the official form is read by index, with quoted names', () => {
  const text = 'index,mid,display_name\r\n1,/m/b,"Bark, ""loud"""\r\n0,/m/a,Speech\r\n';
  expect(parseLabels(text, 'labels.csv')).toEqual([
    { name: 'Speech', mid: '/m/a' },
    { name: 'Bark, "loud"', mid: '/m/b' },
  ]);
});

test('one name per line is read in order', () => {
  expect(parseLabels('zero\none\n\n', 'labels.txt')).toEqual([{ name: 'zero' }, { name: 'one' }]);
});

test.each([
  ['no labels', '\n', 'holds no labels'],
  ['a class twice', '0,zero\n0,one', 'not numbered one by one'],
  ['a class that is too high', '0,zero\n7,one', 'not numbered one by one'],
  ['a line without a name', '0,zero\n1', 'line 2 has no name'],
])('%s is refused', (_, text, message) => {
  expect(() => parseLabels(text, 'labels.csv')).toThrow(message);
});
