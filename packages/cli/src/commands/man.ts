import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { manualPage } from '../output/manual-page.js';
import { createSession, type Session } from '../session/session.js';
import { readVersion } from '../version.js';

const declared = addFlags(
  new Command('man').description('Print the manual page: the help of all commands.').addHelpText(
    'after',
    `
Installed with npm install --global it is there for man audiozoo.

Examples:
  $ audiozoo man | man -l -
  $ audiozoo man > audiozoo.1`,
  ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((_flags: Flags, called) => print(called.parent as Command, createSession(called, signal)));

function print(program: Command, session: Session): void {
  session.print(manualPage(program, readVersion()).trimEnd());
}
