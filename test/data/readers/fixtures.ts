import path from 'node:path'

/** The files that test/fixtures/formats/make.py wrote. */
export const FIXTURES = path.resolve(__dirname, '..', '..', 'fixtures', 'formats')
