# zsh -f capture.zsh FOLDER LINE: prints what zsh, with the completions in FOLDER, offers at the end of LINE.
zmodload zsh/zpty || exit 1
zpty z zsh -f -i
zpty -w z "PS1=; unset zle_bracketed_paste; cd ${(q)1}; fpath=(${(q)1} \$fpath)"
zpty -w z 'autoload -Uz compinit; compinit -u -D
compadd() {
  if [[ "${@[1,(i)(-|--)]}" == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -O found "$@"
  print -rl -- "+"$^found
  builtin compadd "$@"
}
report() { zle -I; print START; zle complete-word; print END; exit }
zle -C complete-word complete-word _main_complete
zle -N report; bindkey "^I" report; print -r READ""Y'
zpty -r -m z found '*READY*'
zpty -w -n z "$2"$'\t'
zpty -r -m z found '*END*'
print -r -- "${${found##*START}%%END*}"
