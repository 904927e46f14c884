// Colors, on terminals that have them. `styleText` asks the stream and knows NO_COLOR and FORCE_COLOR; of help, commander does.

import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const ofHelp = (style: Style) => (text: string) => styleText(style, text, { validateStream: false });

/** How help looks, before commander takes colors out where there are none. */
export const helpStyle = {
  styleTitle: ofHelp('bold'),
  styleOptionTerm: ofHelp('cyan'),
  styleSubcommandTerm: ofHelp('cyan'),
};

/** What lines about problems begin with, on stderr. */
export const errorMark = () => styleText('red', 'error:', { stream: process.stderr });
export const warningMark = () => styleText('yellow', 'warning:', { stream: process.stderr });
