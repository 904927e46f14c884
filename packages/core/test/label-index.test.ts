import { describe, expect, test } from 'vitest';
import { createLabelIndex } from '../src/model/label-index.js';

const index = createLabelIndex([
  { name: 'Speech', mid: '/m/09x0r' },
  { name: 'Child speech, kid speaking', mid: '/m/0ytgt' },
  { name: 'kid speaking' },
  { name: 'Bark', mid: '/m/1' },
  { name: 'Bark', mid: '/m/2' },
]);
const findAll = (list: string) => index.findAll(list, 'entry 7');

describe('labels of a data file', () => {
  test('are found by machine identifier and by name, each once', () => {
    expect(findAll('/m/0ytgt,/m/09x0r')).toEqual([1, 0]);
    expect(findAll('Speech, /m/0ytgt')).toEqual([0, 1]);
    expect(findAll('Speech,/m/09x0r')).toEqual([0]);
  });

  test('may have commas in their names', () => {
    expect(findAll('Child speech, kid speaking')).toEqual([1]);
    expect(findAll('Speech,Child speech, kid speaking,kid speaking')).toEqual([0, 1, 2]);
  });

  test.each([
    ['unknown', 'Meow', /entry 7 .*names no one class: no class is "Meow".*one of 5: \/m\/09x0r.*`labels`/],
    ['empty', '', /no class is ""/],
    ['unknown after a known one', 'Speech,', /no class is ""/],
    ['of several classes', 'Bark', /several classes are "Bark"/],
    ['a name that objects have', '__proto__', /no class is "__proto__"/],
  ])('are refused when one is %s', (_title, list, message) => {
    expect(() => findAll(list)).toThrow(message);
  });
});
