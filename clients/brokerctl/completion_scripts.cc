// The scripts know nothing of the commands: they give the line to `brokerctl __complete`, which answers with a
// candidate a line, its description after a tab; ":files" stands for names of files.
#include "clients/brokerctl/completion.h"

namespace resource_broker::brokerctl {
namespace {

constexpr char kBash[] = R"(# In ~/.bashrc:  source <(brokerctl completion bash)
_brokerctl() {
  local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} answer text cut full
  COMPREPLY=()
  # Bash cuts words at ':' and '=' as well, and what is before the cut stays where it is.
  full=${line##* } cut=
  [[ $full == *[:=]* ]] && cut=${full%"${full##*[:=]}"}
  while IFS= read -r answer; do
    if [[ $answer == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r text; do COMPREPLY+=("$text"); done < <(compgen -f -- "$word")
      continue
    fi
    text=${answer%%$'\t'*}
    text=${text#"$cut"}
    case $word in
      \"*|\'*) COMPREPLY+=("$text") ;;
      *) printf -v text %q "$text"; COMPREPLY+=("$text") ;;
    esac
  done < <(brokerctl __complete "$line" 2>/dev/null)
}
complete -F _brokerctl brokerctl
)";

constexpr char kZsh[] = R"(#compdef brokerctl
# In ~/.zshrc, after compinit:  source <(brokerctl completion zsh)
_brokerctl() {
  local answer
  local -a texts shown
  for answer in "${(@f)$(brokerctl __complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}"; do
    if [[ $answer == :files ]]; then
      _files
    elif [[ -n $answer ]]; then
      texts+=("${answer%%$'\t'*}")
      shown+=("${${answer%$'\t'}/$'\t'/  -- }")
    fi
  done
  compadd -l -d shown -- "${texts[@]}"
}
compdef _brokerctl brokerctl
)";

constexpr char kFish[] = R"(# In ~/.config/fish/config.fish:  brokerctl completion fish | source
function __brokerctl_complete
  set -l answers (brokerctl __complete (commandline -cp) 2>/dev/null)
  for answer in $answers
    if test "$answer" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $answer
    end
  end
end
complete -c brokerctl -f -a '(__brokerctl_complete)'
)";

constexpr char kPowerShell[] = R"(# In $PROFILE:  brokerctl completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName brokerctl, brokerctl.exe -ScriptBlock {
  param($word, $tree, $cursor)
  $line = $tree.ToString()
  if ($line.Length -gt $cursor) { $line = $line.Substring(0, $cursor) }
  if ($line.Length -lt $cursor) { $line += ' ' }
  # Windows PowerShell loses double quotes on the way to a program.
  foreach ($answer in (brokerctl __complete $line.Replace('"', "'") 2>$null)) {
    $text, $description = $answer -split "`t", 2
    if ($text -eq ':files') {
      [System.Management.Automation.CompletionCompleters]::CompleteFilename($word)
      continue
    }
    if (-not $description) { $description = $text }
    $quoted = if ($text -match '[\s''"`$();,&|{}@#]') { "'" + $text.Replace("'", "''") + "'" } else { $text }
    [System.Management.Automation.CompletionResult]::new($quoted, $text, 'ParameterValue', $description)
  }
}
)";

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return shell == "powershell" ? kPowerShell : "";
}

}  // namespace resource_broker::brokerctl
