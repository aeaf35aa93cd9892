/* SPDX-License-Identifier: MIT */
/* bash splits words also at '=' and ':', and replaces only the last piece: that piece is what is completed. */
#include <stdint.h>
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
        "# Options and operands, and behind them perhaps a command, which begins at word i of $words.\n"
        "_pinfold_subcommand()\n"
        "{\n"
        "        local options= takes= runs=false i operands=0 over=false last=$((${#words[@]} - 1))\n"
        "        _pinfold_describe\n"
        "        for ((i = 1; i < last; i++)); do\n"
        "                if $over; then ((++operands)); continue; fi\n"
        "                case ${words[i]} in\n"
        "                --)\n"
        "                        over=true\n"
        "                        ! $runs || { ((++i)); break; }\n"
        "                        ;;\n"
        "                --*=*) ;;\n"
        "                -?*)\n"
        "                        [[ $takes == *\" ${words[i]} \"* ]] || continue\n"
        "                        ((++i < last)) || { _pinfold_value \"${words[i - 1]}\" \"$piece\"; return; }\n"
        "                        ;;\n"
        "                *)\n"
        "                        ! $runs || break\n"
        "                        ((++operands))\n"
        "                        ;;\n"
        "                esac\n"
        "        done\n"
        "        # Not what the command itself would complete: that of make runs the Makefile, outside of any container.\n"
        "        if ((i < last)); then\n"
        "                _pinfold_files -f \"$piece\"\n"
        "        elif ! $over && [[ ${words[i]} == --*=* ]]; then\n"
        "                _pinfold_value \"${words[i]%%=*}\" \"$piece\"\n"
        "        elif ! $over && [[ ${words[i]} == -* ]]; then\n"
        "                _pinfold_words \"$options\" \"$piece\"\n"
        "        elif ! $runs; then\n"
        "                _pinfold_operand \"$operands\" \"$piece\"\n"
        "        elif [[ $piece == */* ]]; then\n"
        "                _pinfold_files -f \"$piece\"\n"
        "        else\n"
        "                _pinfold_files -c \"$piece\"\n"
        "        fi\n"
        "}\n"
        "\n"
        "_pinfold()\n"
        "{\n"
        "        # The words as pinfold gets them.\n"
        "        local words=() glue=false word i\n"
        "        for ((i = 1; i <= COMP_CWORD; i++)); do\n"
        "                word=${COMP_WORDS[i]}\n"
        "                if ((${#words[@]})) && { $glue || [[ $word =~ ^[:=]+$ ]]; }; then\n"
        "                        words[-1]+=$word\n"
        "                else\n"
        "                        words+=(\"$word\")\n"
        "                fi\n"
        "                if [[ $word =~ ^[:=]+$ ]]; then glue=true; else glue=false; fi\n"
        "        done\n"
        "        local piece=${COMP_WORDS[COMP_CWORD]}\n"
        "        [[ ! $piece =~ ^[:=]+$ ]] || piece=\n"
        "        COMPREPLY=()\n"
        "        if ((${#words[@]} == 1)); then\n"
        "                _pinfold_words \"$_pinfold_commands\" \"$piece\"\n"
        "        else\n"
        "                _pinfold_subcommand\n"
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

/* What completes a value of that description, which begins with `word` of the script. */
static void print_action(const char *argument, const char *details, const char *word)
{
        char words[VALUE_WORDS_MAX];

        switch (completion_value(argument, details, words)) {
        case VALUE_WORD:
                printf("_pinfold_words '%s' \"%s\"", words, word);
                break;
        case VALUE_WORDS:
                printf("_pinfold_list '%s' \"%s\"", words, word);
                break;
        case VALUE_PROFILE:
                printf("_pinfold_profiles \"%s\"", word);
                break;
        case VALUE_FILE:
                printf("_pinfold_files -f \"%s\"", word);
                break;
        case VALUE_DIRECTORY:
                printf("_pinfold_files -d \"%s\"", word);
                break;
        default:
                printf(":");
        }
}

/* `userdata` is the subcommand whose own it is, or NULL. */
static void print_value(void *userdata, const struct option_spec *option)
{
        const struct command *command = userdata;

        if (!option->argument)
                return;
        if (command)
                printf("        '%s --%s')", command->name, option->name);
        else
                printf("        *' --%s'", option->name);
        if (!command && option->letter)
                printf(" | *' -%c'", option->letter);
        if (!command)
                printf(")");
        printf(" ");
        print_action(option->argument, option->details, "$2");
        printf(" ;;\n");
}

static void print_operands(const struct command *command)
{
        for (size_t i = 0; command->operands[i]; i++) {
                printf("        '%s %zu') ", command->name, i);
                print_action(command->operands[i], NULL, "$2");
                printf(" ;;\n");
        }
}

static void print_command(const struct command *command)
{
        const char *common = completion_is_run(command) ? "$_pinfold_options" : "";
        const char *common_takes = completion_is_run(command) ? "$_pinfold_takes_value" : "";
        bool with_value = true;

        printf("        %s)\n"
               "                options=\"", command->name);
        options_each(command->options, print_name, NULL);
        printf("%s\"\n"
               "                takes=\"", common);
        options_each(command->options, print_name, &with_value);
        printf(" %s\"\n"
               "                runs=%s\n"
               "                ;;\n", common_takes, command->runs ? "true" : "false");
}

void completion_bash(void)
{
        bool with_value = true;

        printf("%s\n_pinfold_commands='", head);
        for (size_t i = 0; commands[i]; i++)
                printf("%s ", commands[i]->name);
        printf("--help --version'\n_pinfold_options='");
        options_each(request_options, print_name, NULL);
        printf(" '\n_pinfold_takes_value='");
        options_each(request_options, print_name, &with_value);
        printf(" '\n\n"
               "# The value of option $1, which begins with $2.\n"
               "_pinfold_value()\n"
               "{\n"
               "        case \"${words[0]} $1\" in\n");
        for (size_t i = 0; commands[i]; i++)
                options_each(commands[i]->options, print_value, (void *)(uintptr_t)commands[i]);
        options_each(request_options, print_value, NULL);
        printf("        esac\n"
               "}\n\n"
               "# Operand number $1, counted from 0, which begins with $2.\n"
               "_pinfold_operand()\n"
               "{\n"
               "        case \"${words[0]} $1\" in\n");
        for (size_t i = 0; commands[i]; i++)
                print_operands(commands[i]);
        printf("        esac\n"
               "}\n\n"
               "_pinfold_describe()\n"
               "{\n"
               "        case ${words[0]} in\n");
        for (size_t i = 0; commands[i]; i++)
                print_command(commands[i]);
        printf("        esac\n"
               "}\n\n%s", tail);
}
