// A reporter for one mutant: the first test that fails ends the process.
export default async function* firstFailure(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:fail') continue
    process.stdout.write(`killed by ${data.name}\n`)
    process.exit(1)
  }
  yield 'survived\n'
}
