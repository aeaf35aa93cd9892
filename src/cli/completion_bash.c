/* SPDX-License-Identifier: MIT */
/* bash splits words also at '=' and ':', and replaces only the last piece: that piece is what is completed. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/request.h"

static const char head[] =
        "# SPDX-License-Identifier: MIT\n"
        "# Made by `pinfold completion bash`.\n"
        "\n"
        "_pinfold_words()\n"
        "{\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\")\n"
        "}\n"
        "\n"
        "_pinfold_files()\n"
        "{\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$2\")\n"
        "}\n"
        "\n"
        "_pinfold_profiles()\n"
        "{\n"
        "        _pinfold_files -f \"$1\"\n"
        "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(\n"
        "                compgen -W \"$(pinfold profile list 2>/dev/null | cut -d ' ' -f 1)\" -- \"$1\")\n"
        "}\n"
        "\n"
        "# Several words, joined by commas.\n"
        "_pinfold_list()\n"
        "{\n"
        "        local before=\n"
        "        [[ $2 != *,* ]] || before=${2%,*},\n"
        "        mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${2##*,}\")\n"
        "}\n";

static const char tail[] =
        "# Options, and behind them a command, which begins at word $1 of $words.\n"
        "_pinfold_run()\n"
        "{\n"
        "        local i last=$((${#words[@]} - 1))\n"
        "        for ((i = 1; i < last; i++)); do\n"
        "                case ${words[i]} in\n"
        "                --) ((++i)); break ;;\n"
        "                --*=*) ;;\n"
        "                -*)\n"
        "                        [[ $_pinfold_takes_value == *\" ${words[i]} \"* ]] || continue\n"
        "                        ((++i < last)) || { _pinfold_value \"${words[i - 1]}\" \"$piece\"; return; }\n"
        "                        ;;\n"
        "                *) break ;;\n"
        "                esac\n"
        "        done\n"
        "        if ((i < last)); then\n"
        "                if declare -F _command_offset >/dev/null; then\n"
        "                        _command_offset \"${begins[i]}\"\n"
        "                else\n"
        "                        _pinfold_files -f \"$piece\"\n"
        "                fi\n"
        "        elif [[ ${words[i - 1]} != -- && ${words[i]} == --*=* ]]; then\n"
        "                _pinfold_value \"${words[i]%%=*}\" \"$piece\"\n"
        "        elif [[ ${words[i - 1]} != -- && ${words[i]} == -* ]]; then\n"
        "                _pinfold_words \"$_pinfold_options $1\" \"$piece\"\n"
        "        elif [[ $piece == */* ]]; then\n"
        "                _pinfold_files -f \"$piece\"\n"
        "        else\n"
        "                _pinfold_files -c \"$piece\"\n"
        "        fi\n"
        "}\n"
        "\n"
        "# The words $1 come first, then what the function $2 completes.\n"
        "_pinfold_operand()\n"
        "{\n"
        "        if [[ $piece == -* ]]; then _pinfold_words \"$1 --help\" \"$piece\"\n"
        "        elif ((${#words[@]} == 2)) && [[ -n $1 ]]; then _pinfold_words \"$1\" \"$piece\"\n"
        "        else $2 \"$piece\"\n"
        "        fi\n"
        "}\n"
        "\n"
        "_pinfold()\n"
        "{\n"
        "        # The words as pinfold gets them, and where in COMP_WORDS each begins.\n"
        "        local words=() begins=() glue=false word i\n"
        "        for ((i = 1; i <= COMP_CWORD; i++)); do\n"
        "                word=${COMP_WORDS[i]}\n"
        "                if ((${#words[@]})) && { $glue || [[ $word =~ ^[:=]+$ ]]; }; then\n"
        "                        words[-1]+=$word\n"
        "                else\n"
        "                        words+=(\"$word\")\n"
        "                        begins+=(\"$i\")\n"
        "                fi\n"
        "                if [[ $word =~ ^[:=]+$ ]]; then glue=true; else glue=false; fi\n"
        "        done\n"
        "        local piece=${COMP_WORDS[COMP_CWORD]}\n"
        "        [[ ! $piece =~ ^[:=]+$ ]] || piece=\n"
        "        COMPREPLY=()\n"
        "        if ((${#words[@]} == 1)); then\n"
        "                _pinfold_words \"$_pinfold_commands\" \"$piece\"\n"
        "        else\n"
        "                _pinfold_command\n"
        "        fi\n"
        "}\n"
        "\n"
        "complete -F _pinfold pinfold\n";

static void print_name(void *userdata, const struct option_spec *option)
{
        if (userdata && !option->argument)
                return;
        printf(" --%s", option->name);
        if (option->letter)
                printf(" -%c", option->letter);
}

static void print_value(void *userdata, const struct option_spec *option)
{
        char words[VALUE_WORDS_MAX];
        enum value value = completion_value(option, words);

        (void)userdata;
        if (value == VALUE_NONE || value == VALUE_ANY)
                return;
        printf("        --%s", option->name);
        if (option->letter)
                printf(" | -%c", option->letter);
        if (value == VALUE_WORD)
                printf(") _pinfold_words '%s' \"$2\" ;;\n", words);
        else if (value == VALUE_WORDS)
                printf(") _pinfold_list '%s' \"$2\" ;;\n", words);
        else if (value == VALUE_PROFILE)
                printf(") _pinfold_profiles \"$2\" ;;\n");
        else
                printf(") _pinfold_files %s \"$2\" ;;\n", value == VALUE_DIRECTORY ? "-d" : "-f");
}

static void print_command(const struct command *command)
{
        const char *words = command->words ? command->words : "";

        printf("        %s)", command->name);
        if (command->runs)
                printf(" _pinfold_run '%s'", words);
        else
                printf(" _pinfold_operand '%s' '%s'", words,
                       command->profiles ? "_pinfold_profiles" : "_pinfold_files -f");
        printf(" ;;\n");
}

void completion_bash(void)
{
        bool with_value = true;

        printf("%s\n_pinfold_commands='", head);
        for (size_t i = 0; commands[i]; i++)
                printf("%s ", commands[i]->name);
        printf("--help --version'\n_pinfold_options='");
        request_each_option(print_name, NULL);
        printf(" '\n_pinfold_takes_value='");
        request_each_option(print_name, &with_value);
        printf(" '\n\n"
               "# The value of option $1, which begins with $2.\n"
               "_pinfold_value()\n"
               "{\n"
               "        case $1 in\n");
        request_each_option(print_value, NULL);
        printf("        esac\n"
               "}\n\n"
               "_pinfold_command()\n"
               "{\n"
               "        case ${words[0]} in\n");
        for (size_t i = 0; commands[i]; i++)
                print_command(commands[i]);
        printf("        esac\n"
               "}\n\n%s", tail);
}
