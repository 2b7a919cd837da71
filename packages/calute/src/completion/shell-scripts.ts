/** What each shell is told: it asks the program for the words of the place where the cursor is. */
export const shellScripts = {
  bash: `_calute() {
  local words
  words="$(calute __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _calute calute
`,
  zsh: `#compdef calute
_calute() {
  local -a candidates
  candidates=(\${(f)"$(calute __complete -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"})
  compadd -a candidates
  _files
}
compdef _calute calute
`,
  fish: `function __calute_words
  set -l tokens (commandline -opc)
  calute __complete -- $tokens[2..-1] 2>/dev/null
end
complete -c calute -a '(__calute_words)'
`,
} as const; // because its keys are the names of the shells

export type Shell = keyof typeof shellScripts;
export const shells = Object.keys(shellScripts) as readonly Shell[]; // because Object.keys widens
