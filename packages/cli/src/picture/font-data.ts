// Made by scripts/make-font.py: Aileron Regular by Sora Sagano (CC0 1.0), printable ASCII.

/** Pixels from the top of a line to the top of the next. */
export const lineHeight = 21;

/** Widths of the characters from code 32 on. */
export const advances: readonly number[] = [
  4, 4, 7, 10, 10, 13, 11, 3, 6, 5, 9, 10, 4, 5, 4, 5, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 4, 4, 10, 10,
  10, 9, 15, 11, 11, 12, 12, 10, 10, 13, 13, 5, 10, 11, 10, 15, 12, 13, 11, 13, 11, 10, 11, 12, 11, 16, 11,
  10, 11, 6, 5, 5, 10, 9, 5, 9, 10, 9, 11, 10, 6, 11, 10, 4, 4, 9, 4, 15, 10, 11, 10, 11, 5, 8, 6, 10, 9, 13,
  8, 9, 9, 5, 5, 6, 10,
];

/** Their pixels row by row, two to a byte, deflated. */
export const pixels = [
  'xVl9bFvVFf+9Z8ff9nthaGha27hpKbSjtZWygdrSWGFo08Iaa9I0bbRKNqRJjLX2+IN/gMZ0+2PSoHmhHQxGY9MybQOaGOimMdY0',
  '0JYiKGkyWgq0NE7a0iZO7STOh5+b2DvnOSmFJqnzHGk3zvF779537z1fv3PONaCnWQe+/CfIzg5H28zjpWcHoIanvuat2e+mNV03',
  'hYBquw8bcsleYN9t1NH9ANCezfXglt3H3bD8PAY4bo/SWHNoDtNLCmAInwRqWz6I4JT0xxT6pMbfotVDHXflTgBCbTJC454ZMWyT',
  'GtMlo1LjmHAm8FIPViTHvfkJYPHp4OzecR/ehfPgB3gCiH8ztt6LkuR5B+/ebdEEbTirDXx3XT8t9KjjraPAem+vNQZHyPHhaZjb',
  'oPXob2u6SJo1e8pJfoMQfagJglT3w2wyG1x5uKJlsb2DzAB9oKeuNr5s2LGkBXgweSl6PbGq9Lne8v9gFhbVISBjL/Ap0Kt96IJu',
  '6SF10QAaNt2rhh4SA7bCOAxPUEhDColjqPGZYyTU9W67X4c4OujfSZb/4vGXcGN4p4wFG2XYgo8APviKtmT1GrIokUtExPJMuXx1',
  'h662H2MYRKSAkVsSi0nfc2oyTuKdGfpiuA+2OqEbP4PNT1+/gn3qC8FCF1iRPAnhdFUgZBmCZYhQxjDqikBIs3Op2pX2TOvVxmlv',
  '6GhiC83YcIDICZ5b1ry3ADLntvwMc1RRHzIPwh4zhWAjfMIqmks4Stq+7S3ay2m6WP8CYOxbXCpLuVxuQMdCjyb2wXp+Sdi7wI8y',
  'wg4xXAfkMtSz9Gnud4QeBS1e6wPB9+e3H6gTnpzYo8/GAoyVSSKrGoi8T4KxdhLZ4pUU4wjJyZVNJLNieblndzGys5Ig3PbG0lI4',
  '63iKRy41wnPiO/2414cAe3VZ6PtManyo9TtOLItD2DUR1MOPpYts6D9V9cGSbpiC9n+2H4Lz1HcP+KRuuKJShKTmZGLrxsKo4fLq',
  'Vi/WJl7XsQ6rNiaUlq5iaN9KShcuMJ+MNh5m6BWG+mHWFaNqLSP6J/o0dF/iCEoyFVsUgnNbzJCWN3SgNpf1GeN3P+B2dMDYI7Ez',
  'OdtgHDNlKjb1oDr5iVvHQtUkCGNmdYuX/NKpsKw6aFLHgHmsdOsAtuae6xDdsiNK8cPjL1GXvA9svFRYWHbUOYPC5LUAZ9BRV8hI',
  'MgjvJvwd5+fMCakDt5JvLr/oxpqTU0C8eR/TjYc1yoqaB/zPW3cikQgK5eUM+dfeFt00ebi2MdI1PcX329nXBc7H1nyUZ8jJTBn1',
  'TL6RoKZ+25qUK0ruV0F4TDOTZkUyVvE49T88tYGTmnbmgZsHzxwhwRgv3X9HvwwjaUYkb+8ztP/peynUl8fvGPYEHW3NskdW0eeM',
  'GNrKQpLSi98TGp1ydG546Chs3et6t/TKqFTyWwvswZ2szurcxG+0FRbPbUf1WopwgIzBOMQ++oqFTGdRHbmxaRAki2O53CA896+u',
  'CXLHUc5mTCnCXg2adTUCj49lqKU39zGaUhRRYbgEKZuc8CJT/u2d/NSQYqtl5mEYo7FL2zmc6HLsqWZo5igR2LG0xW9IUwDp5vhl',
  'eN0VwRVYz1/z85JXjTSG8KVhx9JWH0paJ3YXp/hcbuJx8sTSZe1e5mxBB9OSEaZiWvNQVbseY2oaZrqwjcd/5qZ3xx/Xv25unKah',
  '2POVZC2XSJwjcZcvvrqDx9Eb2XleqJsXck+TLhbVxF1Z8qWSvqo7J2TWqCmNZvItk88ZmcpOE4kQ6VRcomo9NQor1a7CnKmoDisw',
  'tk6E1OJ9mm2H/vM6nO6GJJCgm92UR8w2bA5pt/bqdKSo5P3L5CKTU2yd9Q+tS8HUHvfqlo+hl528ly6JQBWJSE9REYbLCdKLpBIW',
  'ImPM8FiTyutaxjRsGJ2nsmQWQpZZrtfmv+oCZHdlpIikDBMllZkR4A26fS6CshpSTq1sitFt43m8wbqyRcu8rLXar3doqvv8X5oS',
  'rce82m1NB+bBNkm2XOpKXW6mz0eY7kwxVd7UaKWXqS3K1DDMFK9o1NPF1JoregfVyT6KFvU7loSDXI2j3qcVDn1chBPWaoYfnryZ',
  '7MkPm3xncoKisHc8SHK/gYoskkbzlahj7OWoQ7E0w+Vj3gPVL6LBPIj/Gt69hfHu1d6hTPoHyVxWqwSEH+vlPbuPea/WAqqHA6rA',
  'MUbYK0vZxATzviytSUSztwDXj0Zt7CJd8b2EYaLhF2tSzFUfTgPlCBwh5DDs0hhZnhZJIq3GUVZE60O3jOGm9rhfd2zL5YTSssZS',
  '+VrFXfeymFMP60BBlADNNoD9MlVbqNm3lJIsw169pSo3KhDhUj4lKacs3VxlUZZWFsR7nKrR5z2CnzoPjXnZTEldydDHnNK0cM4U',
  'js7T2aUpBXTVwdozBjEboULpFEwXY7SPMGx7UmQ+tT6X/wJepm3VyC/jc9ijTyDwtSGYB47A85MOGEZScPyZTOuzGFWrtFeOw/OA',
  'vcIpkngPJfAlwzD3iBS8HG1v8vlEu8Y/23JlC5nhQoXUYesUPoU5RSUjJZd8oaMdJZMerQzSMtYeBLxCXKA1a3/aSQlGkuxZvDxT',
  'wNFr6aB6ez1nNgs6GS/4INUywh7Hsxr6WQZnmNdjDJbhxtL8AUwh+O1K+KXd7PjX+WT94nRV3X9hDWIdf1tCuAv48Mq3OYSVmObM',
  'rPWi6FFmSWPsSaW8sDLGxNCxkgXyzNMkgG5azqzY/XB5jW14EDiO/0dblUj0YsYSWDgBQ9t8LWVs75PF9NI+PMYxTbznAG6L7x1w',
  'dFJYycAx4Dh3a1L+VuKvQ3PMZ68mT3d9LEunqwJRqRvmYSlKKaF2iilRZj3Gz1JSf1W9Ij3b9Y5+PpYnDmPloVtHrN2wd8SBG7S1',
  '42zp9CRaeXD5MNYm9ulMBqdgX2zqr1HE01WbVTTJCCjOKASt7pIUF/GlokVGvWLor/o1pautcY9SpHZWJA9B7K8Ke4ktR4TqEkuM',
  'om5ywPUa1UMUcW2KQa1o8BXGmSmI5giHVXKS3ICgytBS5a9+9LZvJA6rpIJlSYU2a+LUH2WKpmhWg0exDcKsYv2hZccUPjVM4w8U',
  'kOqMasWmTq6kHi9IEVeRx/r9mDi4NoUsGTAuTxbA05PZ21+0o3z1mr/CR6olY9LbszuE+sWF7Syl6WehWs5BeuYcMEGbly7wRs1c',
  'tlhHaYx9eHYXm+bvVVtmPhBBejbxwqZxH7Lbao+uPuaWYmjxG0cIDayDqKwjFsJ8zqVyfjLj7fy0SRWvmAcVF3Aa0JR9CsJnPyJr',
  'DLvJXMm1sT+fh+Uvtaf5AdrYIqU8F1Qs9qcXQsdDmm92FeSbr02f9c6gpCYp7p2Qadv6zhGE5rjX/uHaHldEfNGWdkN4cpxi8trh',
  'tT4h7Tx+y4jY3F9XGEzPBGv9bmyP6Tx4YMealngY8AOKdezmY4rQFK/UjfSUB5Y9PETpNyXi/8ZeSoWNKXMMztC7wJMeL8QMxXr7',
  'fLmUowOBKOob3NYE7AdH8dGwMOaMeBaEatzbTW1PWNsMqb8ZB0/CtdVXFvCiaRCtHTBehjldxKLNbrF3YdTeaRyt9WL7BWKYio9d',
  'F6kKqfWtCtk698tCn555PyDT/WUKlm4qNT/BLlR6DcOWNjiUj4AtNTKES5TuWhlInyf/DlBeOzGXI3j++VEovZFAVeDfJZspOeY5',
  'Kuu4CqC84u38YefsP1FujrjennKKMoWy7vfdQvqKo1yGJQPhy2ne72Y+nZv1sG7Va+DjyStmT/ve7sNmfz7i5z+Eop6zEIst4vp3',
  'bgi5Imv6Cz5O/x8=',
].join('');
