import { type Argument, CommanderError, Option, Command as Verb } from 'commander'
import type { Command } from './command.js'
import type { CommandGroup } from './commands.js'
import { EXIT, type ExitCode } from './exit-code.js'
import type { OptionSpec } from './option-spec.js'
import { SPEAKER } from './output/output.js'
import type { Printer, Surroundings } from './surroundings.js'

/** What every verb takes. */
const SHARED: readonly OptionSpec[] = [
  { flags: '--json', text: 'one JSON value a line, for programs' },
  { flags: '--bucket-url <address>', text: 'the bucket (default: BUCKET_URL)' },
  { flags: '--prefix <prefix>', text: 'put before every key of that bucket (default: BUCKET_PREFIX)' },
  { flags: '--acl <list>', text: 'access control list of what is written (default: none is sent)' },
]

/** A verb, and what was typed behind it. */
export interface Chosen {
  readonly command: Command
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

const NOTES = `
"brigade help <verb>" tells all about one, with examples.

A place is a key (uploads/leo.jpg), a prefix (uploads/), or the address of a
bucket with a key behind it:
  "s3://bucket/uploads/leo.jpg?region=eu-central-1"
  "file:./data?bucket=avatars#uploads/leo.jpg"
The bucket of keys and prefixes is that of BUCKET_URL. Credentials come from
the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE, ...), never from an address.

Exit codes: 0 done, or in order; 1 something is wrong, or failed; 2 the command
line is wrong; 3 the bucket cannot be worked with; 130 interrupted; 141 nobody
reads the output.`

/**
 * Finds the verb and its options on the command line. Help and the version are printed here.
 *
 * @returns The verb, or the exit code where all is said.
 */
export async function choose(
  args: readonly string[],
  groups: readonly CommandGroup[],
  version: string,
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
): Promise<Chosen | ExitCode> {
  let chosen: Chosen | undefined
  const root = settled(new Verb('brigade'), stdout, stderr)
    .usage('<verb> [options]')
    .description('Looks after a bucket and the avatars in it.')
    .version(version, '-V, --version', 'prints the version')
    .helpOption('-h, --help', 'prints this help; behind a verb, that of the verb')
    .helpCommand(false)
    .addHelpText('after', NOTES)
  for (const { heading, commands } of groups) {
    for (const command of commands) {
      // A subcommand has the settings of the command that it is added to.
      addVerb(root, command, (found) => {
        chosen = found
      }).helpGroup(heading)
    }
  }
  root.showHelpAfterError('(options stand behind the verb; add --help to see all)')
  try {
    await root.parseAsync(helpAsOption(args, root), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.code === 'commander.helpDisplayed' || error.code === 'commander.version' ? EXIT.ok : EXIT.usage
  }
  return chosen ?? EXIT.usage
}

/** `help bucket create` is `bucket create --help`; what is no verb is told so. */
function helpAsOption([first, ...words]: readonly string[], root: Verb): string[] {
  if (first !== 'help') return first === undefined ? [] : [first, ...words]
  const isKnown = words.length === 0 || root.commands.some((verb) => verb.name() === words[0])
  return isKnown ? [...words, '--help'] : words
}

function settled(verb: Verb, stdout: Printer, stderr: Printer): Verb {
  return verb
    .exitOverride()
    .showHelpAfterError('(add --help to see how it is used)')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, SPEAKER)),
      getOutHelpWidth: () => Math.min(stdout.columns || 100, 120),
      getErrHelpWidth: () => Math.min(stderr.columns || 100, 120),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      visibleCommands: verbsBelow,
      subcommandTerm: (one) => [nameOf(one), ...one.registeredArguments.map(termOf)].join(' '),
    })
}

/** Verbs alone: groups, as `bucket`, do nothing by themselves. */
function verbsBelow(verb: Verb): Verb[] {
  return verb.commands.flatMap((one) => (one.commands.length === 0 ? [one] : verbsBelow(one)))
}

/** As it is typed: `bucket create`. */
function nameOf(verb: Verb): string {
  const { parent } = verb
  return parent?.parent ? `${nameOf(parent)} ${verb.name()}` : verb.name()
}

function termOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

/** Verbs of two words stand below a group: `bucket create`. */
function addVerb(root: Verb, command: Command, onChosen: (chosen: Chosen) => void): Verb {
  const [first = '', second] = command.name.split(' ')
  const parent =
    second === undefined ? root : (root.commands.find((one) => one.name() === first) ?? addGroup(root, first))
  const verb = parent
    .command(second ?? first)
    .summary(command.summary)
    .description([sentence(command.summary), command.details].filter(Boolean).join('\n'))
    .addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`)
  for (const { name, text } of command.arguments) verb.argument(name, text)
  for (const spec of [...command.options, ...SHARED]) verb.addOption(optionOf(spec))
  return verb.action(() => onChosen({ command, words: verb.args, options: verb.opts<Record<string, unknown>>() }))
}

/** An option takes one value: a list of them would swallow the words behind it. Typed again, it takes one more. */
function optionOf({ flags, text, times }: OptionSpec): Option {
  if (times === undefined) return new Option(flags, text)
  const add = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  return new Option(flags, `${text}; may be repeated`).argParser(add)
}

function addGroup(root: Verb, name: string): Verb {
  return root.command(name).description(sentence(GROUPS[name] ?? name))
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

const GROUPS: Readonly<Record<string, string>> = {
  bucket: 'makes buckets',
  avatars: 'looks after the avatars of a bucket',
}
