// Completion for bash, from 3.2, which macOS has, on.

import type { CommandLine, CommandShape, Value } from './command-line.js';

/** The script, to be sourced. */
export function bashCompletion({ name, flags, commands }: CommandLine): string {
  const offer = (value: Pick<Value, 'words' | 'paths'>) =>
    [`_${name}_offer "$word" ${value.paths ?? 'word'}`, ...value.words].join(' ');
  const namesOf = (all: typeof flags) => all.flatMap(({ names }) => names);

  const ofCommand = ({ name, flags, argument }: CommandShape): string => {
    const ofFlags = offer({ words: namesOf(flags) });
    // Where a flag has no value, what follows is the command's argument again.
    const values = flags.flatMap(({ names, value }) =>
      value ? [`          ${names.join(' | ')}) ${offer(value)} ;;`] : [],
    );
    return `    ${name})
      case $word in
        -*) ${ofFlags} ;;
        *)
          case $previous in
${values.join('\n')}
          *) ${argument ? offer(argument) : ofFlags} ;;
          esac
          ;;
      esac
      ;;`;
  };

  return `# Completion of ${name} for bash.

# _${name}_offer WORD file|folder|word [CANDIDATE...]: candidates that the word begins, and files or folders.
_${name}_offer() {
  local IFS=$'\\n'
  [ $# -gt 2 ] && COMPREPLY=($(compgen -W "\${*:3}" -- "$1"))
  case $2 in
    file)
      # Without candidates they are readline's own, which \`complete -o default\` falls back to.
      [ $# -gt 2 ] || return
      COMPREPLY+=($(compgen -f -- "$1"))
      compopt -o filenames 2>/dev/null
      ;;
    folder)
      COMPREPLY+=($(compgen -d -- "$1"))
      compopt -o filenames +o default 2>/dev/null
      ;;
    *) compopt +o default 2>/dev/null ;;
  esac
}

_${name}() {
  local word=$2 previous=$3
  COMPREPLY=()
  # --flag=value is three words here.
  if [ "$word" = = ]; then
    word=
    previous=\${COMP_WORDS[COMP_CWORD - 1]}
  elif [ "$previous" = = ]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${offer({ words: [...commands.map(({ name }) => name), ...namesOf(flags)] })}
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(ofCommand).join('\n')}
  esac
}

complete -o default -F _${name} ${name}
`;
}
