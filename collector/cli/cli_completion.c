/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_completion.h"

#include "cli/cli_options.h"

#include <string.h>

/* Commands whose words are files. */
static bool wants_files(const struct cli_command_text *command)
{
    return strstr(command->words, "FILE") != NULL || strstr(command->words, "DIR") != NULL ||
           strstr(command->words, "BACKUP") != NULL;
}

/* ---- bash, and zsh with bash's way of completing. ---- */

static void bash_flags(enum cli_command command, struct buf *out)
{
    struct cli_flag_text flag;
    for (size_t i = 0; cli_options_flag(i, &flag); i++) {
        if (cli_options_takes(command, i)) {
            buf_printf(out, " --%s", flag.name);
        }
    }
}

/* Flags whose next word is theirs, as a pattern. */
static void bash_valued(struct buf *out)
{
    struct cli_flag_text flag;
    const char *before = "";
    for (size_t i = 0; cli_options_flag(i, &flag); i++) {
        if (flag.value != NULL) {
            buf_printf(out, "%s--%s", before, flag.name);
            before = "|";
        }
    }
}

static void bash_cases(struct buf *out)
{
    /* The longer names first: "cost explain" is not "cost". */
    for (int longer = 1; longer >= 0; longer--) {
        for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
            struct cli_command_text command = cli_options_command((enum cli_command)i);
            if ((strchr(command.name, ' ') != NULL) != (longer == 1)) {
                continue;
            }
            buf_printf(out, "    \"%s \"*) flags=\"", command.name);
            bash_flags((enum cli_command)i, out);
            buf_printf(out, "\"%s;;\n", wants_files(&command) ? "; files=1 " : " ");
        }
    }
}

/* How long the first word of a command is. */
static size_t first_size(unsigned command)
{
    return strcspn(cli_options_command((enum cli_command)command).name, " ");
}

/* Whether the command before it begins with the same word: such stand together in the table. */
static bool same_first(unsigned command)
{
    if (command == 0 || first_size(command) != first_size(command - 1)) {
        return false;
    }
    return strncmp(cli_options_command((enum cli_command)command).name,
                   cli_options_command((enum cli_command)(command - 1)).name,
                   first_size(command)) == 0;
}

static void bash_firsts(struct buf *out)
{
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (!same_first(i)) {
            buf_printf(out, " %.*s", (int)first_size(i),
                       cli_options_command((enum cli_command)i).name);
        }
    }
}

/* A case for each first word that is followed by second ones. */
static void bash_seconds(struct buf *out)
{
    bool open = false;
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *name = cli_options_command((enum cli_command)i).name;
        size_t size = first_size(i);
        if (open && !same_first(i)) {
            buf_append_text(out, "\" ;;\n");
            open = false;
        }
        if (name[size] == '\0') {
            continue;
        }
        if (!open) {
            buf_printf(out, "    \"%.*s \") more=\"", (int)size, name);
            open = true;
        }
        buf_printf(out, " %s", name + size + 1);
    }
    buf_append_text(out, open ? "\" ;;\n" : "");
}

static void bash(struct buf *out)
{
    buf_append_text(out, "_thaw() {\n"
                         "  local cur=${COMP_WORDS[COMP_CWORD]} said= flags= more= files= i\n"
                         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                         "    case ${COMP_WORDS[i]} in\n"
                         "    ");
    bash_valued(out);
    buf_append_text(out, ") ((i++)) ;;\n"
                         "    -*) ;;\n"
                         "    *) said+=\"${COMP_WORDS[i]} \" ;;\n"
                         "    esac\n"
                         "  done\n"
                         "  case $said in\n"
                         "    \"\") more=\"");
    bash_firsts(out);
    buf_append_text(out, "\" ;;\n");
    bash_seconds(out);
    buf_append_text(out, "  esac\n"
                         "  case $said in\n");
    bash_cases(out);
    buf_append_text(out,
                    "  esac\n"
                    "  if [[ $cur == -* ]]; then\n"
                    "    COMPREPLY=($(compgen -W \"${flags:---help --version}\" -- \"$cur\"))\n"
                    "  else\n"
                    "    COMPREPLY=($(compgen -W \"$more\" -- \"$cur\"))\n"
                    "    [[ -z $files ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
                    "  fi\n"
                    "}\n"
                    "complete -F _thaw thaw\n");
}

/* ---- fish. ---- */

/* A text in single quotes. */
static void fish_quoted(const char *text, struct buf *out)
{
    buf_append_byte(out, '\'');
    for (; *text != '\0'; text++) {
        buf_append_text(out, *text == '\'' || *text == '\\' ? "\\" : "");
        buf_append_byte(out, (unsigned char)*text);
    }
    buf_append_byte(out, '\'');
}

static void fish_commands(struct buf *out)
{
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        struct cli_command_text command = cli_options_command((enum cli_command)i);
        const char *space = strchr(command.name, ' ');
        if (space == NULL) {
            buf_printf(out, "complete -c thaw -n __fish_use_subcommand -a %s -d ", command.name);
        } else {
            int size = (int)(space - command.name);
            buf_printf(out, "complete -c thaw -n '__fish_seen_subcommand_from %.*s' -a %s -d ",
                       size, command.name, space + 1);
        }
        fish_quoted(command.summary, out);
        buf_append_text(out, "\n");
    }
}

static void fish_flags(struct buf *out)
{
    struct cli_flag_text flag;
    for (size_t i = 0; cli_options_flag(i, &flag); i++) {
        buf_append_text(out, "complete -c thaw");
        const char *before = " -n '__fish_seen_subcommand_from";
        for (unsigned k = 0; k < CLI_COMMAND_COUNT && !flag.common; k++) {
            const char *name = cli_options_command((enum cli_command)k).name;
            if (cli_options_takes((enum cli_command)k, i)) {
                buf_printf(out, "%s %.*s", before, (int)strcspn(name, " "), name);
                before = "";
            }
        }
        buf_printf(out, "%s -l %s%s -d ", before[0] == '\0' ? "'" : "", flag.name,
                   flag.value != NULL ? " -r" : "");
        fish_quoted(flag.help, out);
        buf_append_text(out, "\n");
    }
}

bool cli_completion(struct slice shell, struct buf *out)
{
    if (slice_equal(shell, SLICE("fish"))) {
        fish_commands(out);
        fish_flags(out);
        return true;
    }
    if (slice_equal(shell, SLICE("zsh"))) {
        buf_append_text(out, "autoload -U +X bashcompinit && bashcompinit\n");
    } else if (!slice_equal(shell, SLICE("bash"))) {
        return false;
    }
    bash(out);
    return true;
}
