import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { from, type FromOptions } from '../../../src/data/own/from'
import { tableOfDelimited } from '../../../src/data/own/delimited'
import { inFolder } from '../temporary'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Cars with one horsepower that is `hole`. */
const cars = (hole: string) => `mpg,cylinders,horsepower\n15.5,4,60\n16,6,${hole}\n17,8,62\n`

/** The data of a text, and what is said of it. */
async function read(text: string, options: FromOptions = {}) {
  let note = ''
  // These belong to the text, all others to the table.
  const { separator, decimal, header, ...others } = options
  const data = await from(tableOfDelimited(text, { separator, decimal, header, file: 'a.csv' }), {
    ...others,
    onNote: (line) => (note = line),
  })
  return { data, note, x: Array.from(data.x) }
}

const fails = (text: string, wanted: RegExp, options: FromOptions = {}, kind: unknown = ArgumentError) =>
  assert.rejects(read(text, options), (error) => {
    assert.ok(error instanceof (kind as typeof Error), String(error))
    assert.match(error.message, wanted)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })

describe('missing values of a table', () => {
  it('are refused by row and column, with what can be done, however they are written', async () => {
    for (const hole of ['?', 'NA', 'nan', 'NaN', 'null', '', ' ', 'None', 'N/A'])
      await fails(
        cars(hole),
        /^row 1 of column `horsepower` \(line 3\) must be a finite number, got '.*'\. 1 of 3 values there are missing: give missing: 'drop' .*missing: 'mean' .*columns: \['mpg', 'cylinders'\] to leave out horsepower\.$/,
      )
    // A table that was read elsewhere has them as words among words.
    await assert.rejects(
      from(aq.fromCSV(cars('?')), { onNote: () => undefined }),
      /^ArgumentError: row 1 of column `horsepower` must be a finite number, got '\?'/,
    )
    await fails(cars('?'), /got '\?'/, { columns: ['horsepower'] })
  })

  it('leave out their rows, or become the mean, and it is said how many', async () => {
    const dropped = await read(cars('?'), { missing: 'drop', labels: ['a', 'b', 'c'] })
    assert.deepEqual(dropped.x, [15.5, 4, 60, 17, 8, 62])
    assert.deepEqual(Array.from(dropped.data.labels ?? []), [0, 1])
    assert.deepEqual(dropped.data.labelNames, ['a', 'c'])
    assert.match(dropped.note, /1 of 3 rows left out, since a value is missing in horsepower \(1\)/)
    const filled = await read(cars('?'), { missing: 'mean' })
    assert.deepEqual(filled.x, [15.5, 4, 60, 16, 6, 61, 17, 8, 62])
    assert.match(filled.note, /1 missing values replaced by the mean of their column: horsepower \(1\)/)
    await fails('a,b\n?,1\n2,?\n', /Every row misses a value; most are missing in a/, { missing: 'drop' })
    await fails(cars('?'), /`from\(\{ missing \}\)` must be 'drop' or 'mean', got 'zero'/, {
      missing: 'zero' as never,
    })
  })

  it('of the label are refused or leave out their rows too', async () => {
    const text = 'a,kind\n1.5,x\n2,\n3,y\n'
    await fails(text, /^row 1 of column `kind` \(line 3\) must be a label, got an empty cell\. 1 of 3/, {
      label: 'kind',
    })
    const { data, note } = await read(text, { label: 'kind', missing: 'drop' })
    assert.deepEqual([data.size, data.labelNames], [2, ['x', 'y']])
    assert.match(note, /1 of 3 rows left out, since a value is missing in kind/)
  })
})

describe('columns of a table', () => {
  it('that are mostly numbers are refused with the first that is none, not dropped', async () => {
    await fails(
      'a,b\n1,2\n4,3 kg\n5,6\n',
      /^row 1 of column `b` \(line 3\) must be a finite number, got '3 kg'\. 1 of 3 values there are no numbers: correct them, or give columns: \['a'\]/,
    )
    for (const wrong of ['inf', '0x10', '"1,234"'])
      await fails(`a,b\n1,2\n4,${wrong}\n5,6\n`, /row 1 of column `b`/)
  })

  it('are listed: what became x, what did not, and why', async () => {
    const { note, x } = await read(
      'Id,age,name,group\n7,30,Bo,x\n3,31.5,Al,x\n9,1,Cy,y\n4,2,Di,y\n8,3,Ed,y\n',
    )
    assert.deepEqual(x, [30, 31.5, 1, 2, 3])
    assert.match(
      note,
      /; x: age; left out: Id \(numbers the rows\), name \(text, each different: an id\?\), group \(text, 2 different\)$/,
    )
    assert.match((await read('a,b,c\n1,2,3\n', { columns: ['b'] })).note, /; x: b; left out: a, c$/)
  })

  it('an unnamed one that counts the rows is an index; a named one is said to be like one', async () => {
    const { note, data } = await read(',a,b\n0,0.5,1\n1,0.25,2\n2,3,4\n')
    assert.deepEqual(data.shape, [2])
    assert.match(note, /; x: a, b; left out: unnamed \(numbers the rows\)$/)
    const counted = await read('t,a\n0,0.5\n1,0.25\n2,3\n3,1\n4,9\n')
    assert.deepEqual(counted.data.shape, [2])
    assert.match(counted.note, /t numbers the rows: if it is an index, name the other columns in columns/)
    assert.doesNotMatch((await read('t,a\n0,0.5\n1,0.25\n3,3\n2,1\n4,9\n')).note, /numbers the rows/)
  })

  it('one called as labels are is never taken for x without a word', async () => {
    const text = 'label,p0,p1\n1,0.5,2\n0,0.25,4\n1,1,1\n0,1,2\n'
    const { note, data } = await read(text)
    assert.deepEqual([data.shape, data.labels], [[2], undefined])
    assert.match(note, /left out: label \(looks like labels: label: 'label' takes it as such\)/)
    assert.deepEqual(Array.from((await read(text, { label: 'label' })).data.labels ?? []), [1, 0, 1, 0])
    assert.deepEqual((await read(text, { columns: ['label', 'p0'] })).data.shape, [2])
    const words = await read('species,a\nx,0.5\ny,1\nx,3\n')
    assert.match(words.note, /species looks like labels: label: 'species' takes it as such/)
    const real = await read('target,a\n0.5,0.5\n1.25,1\n3,3\n')
    assert.deepEqual(real.data.shape, [2])
    assert.match(real.note, /target looks like labels/)
  })

  it('of the same name are told apart, and unnamed empty ones left out', async () => {
    const { note, x } = await read('a,a,b,\n1,2,3,\n4,5,6.5,\n')
    assert.deepEqual(x, [1, 2, 3, 4, 5, 6.5])
    assert.match(
      note,
      /x: a, a \(2\), b; left out: unnamed \(no values\); several columns have the same name: they are called a \(2\)/,
    )
  })

  it('true and false are 1 and 0; constant ones and those that float32 would spoil are named', async () => {
    assert.deepEqual((await read('a,b\nTrue,1.5\nFalse,2\n')).x, [1, 1.5, 0, 2])
    const { note } = await read('a,time\n2.5,1700000001\n2.5,1700000002\n2.5,1700000003\n2.5,1700000004\n')
    assert.match(note, /a is the same in every row; time has large numbers that differ little/)
  })

  it('that are pixels are said to be, with the shape to give', async () => {
    const row = (value: number) => Array.from({ length: 16 }, (_, i) => value + i).join(',')
    const names = Array.from({ length: 16 }, (_, i) => `pixel${i}`).join(',')
    const { note } = await read(`${names}\n${row(0)}\n${row(1)}\n`)
    assert.match(
      note,
      /for images of 4 × 4 give shape: \[4, 4\], and values: 'bytes' if 255 is white \(the largest here is 16\)/,
    )
  })
})

describe('a file of separated values', () => {
  it('may have semicolons and decimal commas, tabs, bars, spaces; what is not a comma is said', async () => {
    for (const [text, words] of [
      ['a;b\n0,5;1,25\n1,5;2,125\n', 'cells are separated by semicolons; fractions by commas'],
      ['a\tb\n0.5\t1.25\n1.5\t2.125\n', 'cells are separated by tabs'],
      ['a|b\n0.5|1.25\n1.5|2.125\n', 'cells are separated by bars'],
      [' a   b\n 0.5  1.25\n 1.5  2.125\n', 'cells are separated by spaces'],
    ]) {
      const { x, note } = await read(text)
      assert.deepEqual(x, [0.5, 1.25, 1.5, 2.125])
      assert.ok(note.endsWith(words), note)
    }
    assert.deepEqual((await read('a;b\n1.234,5;2\n3,5;4\n')).x, [1234.5, 2, 3.5, 4])
    assert.deepEqual((await read('a:b\n1:2.5\n', { separator: ':' })).x, [1, 2.5])
    await fails(
      'a;b\n1,234;2\n2,345;3\n',
      /`from\(\{ decimal \}\)` must be given, since 1,234 may be a thousand/,
    )
    assert.deepEqual(
      (await read('a;b\n1,234;2\n', { decimal: ',' })).x.map((v) => v.toFixed(3)),
      ['1.234', '2.000'],
    )
    await fails('a\n1\n', /`from\(\{ separator \}\)` must be one sign/, { separator: '::' })
  })

  it('may begin with a byte order mark, and its lines may end in carriage returns', async () => {
    assert.match((await read('\ufeffheight,b\r1.5,2\r3,4\r')).note, /; x: height, b$/)
    assert.match((await read('\ufeff"height",b\r\n1.5,2\r\n')).note, /; x: height, b$/)
    const marked = aq.table({ '\ufeffheight': [1.5, 2] })
    assert.equal((await from(marked, { columns: ['height'], onNote: () => undefined })).size, 2)
  })

  it('may lack names: the first line is then data, and it is said', async () => {
    const { x, note } = await read('5.1,3.5,setosa\n4.9,3,setosa\n')
    assert.deepEqual(
      x.map((value) => value.toFixed(1)),
      ['5.1', '3.5', '4.9', '3.0'],
    )
    assert.match(
      note,
      /left out: c2 .*the first line has numbers, and so it is read as data, .* c0 … c2 \(header: true/,
    )
    assert.deepEqual((await read('1,2\n3.5,4\n', { header: true })).x, [3.5, 4])
    assert.deepEqual((await read('1,2\n3.5,4\n', { header: false })).x, [1, 2, 3.5, 4])
    const counted = await read(',0,1\n0,3.5,4\n1,5,6\n')
    assert.deepEqual(counted.x, [3.5, 4, 5, 6])
    assert.match(counted.note, /the first line counts 0, 1, 2, …, and so it is read as names/)
    const table = aq.fromCSV('5.1,3.5,1.4\n4.9,3,1\n')
    let note2 = ''
    await from(table, { onNote: (line) => (note2 = line) })
    assert.match(
      note2,
      /the names of the columns are numbers: if they are data, read the file with header: false/,
    )
  })

  it('may begin with lines of #, and lack the name of the names of rows, which is said', async () => {
    const commented = await read('# made by a program\n# in March\na,b\n1.5,2\n3,4\n')
    assert.deepEqual(commented.x, [1.5, 2, 3, 4])
    assert.match(commented.note, /; lines of # at its beginning are skipped$/)
    await fails('# x\na,b\n1,2\n3,x1\n5,6\n', /^row 1 of column `b` \(line 4\)/)
    const ofR = await read('"mpg" "cyl"\n"Mazda" 21.5 6\n"Datsun" 22 4\n')
    assert.deepEqual(ofR.x, [21.5, 6, 22, 4])
    assert.match(
      ofR.note,
      /left out: unnamed \(text, 2 different\); .*the first line has a name less than there are columns/,
    )
  })

  it('says that numbers with units are text, and reads a true minus sign', async () => {
    const { note, x } = await read('a,b,c\n\u22121.5,12%,$3\n2,13%,$4\n')
    assert.deepEqual(x, [-1.5, 2])
    assert.match(note, /left out: b \(text such as '12%': write numbers without units\)/)
  })

  it('may have quotes around separators, lines and quotes', async () => {
    const { x, note, data } = await read('"a ""1""","b, c",d\n"1.5","2","x\ny"\n3,4,z\n', { label: 'd' })
    assert.deepEqual(x, [1.5, 2, 3, 4])
    assert.match(note, /; x: a "1", 'b, c'$/)
    assert.deepEqual(data.labelNames, ['x\ny', 'z'])
  })

  it('keeps codes of a column of words as they are written', () => {
    const table = tableOfDelimited('a,code\n1,007\n2,B7\n3,C9\n')
    assert.deepEqual(Array.from(table.array('code')), ['007', 'B7', 'C9'])
  })

  it('is refused by line where cells are missing, where a quote stays open, and without rows', async () => {
    await fails(
      'a,b,c\n1,2,3\n\n4,5\n',
      /^a\.csv has 2 cells in line 4, and 3 in the first, separated by commas\./,
      {},
      DataError,
    )
    await fails('a,b\n1,"2\n3,4\n', /^a\.csv has a quote that does not close in line 2\./, {}, DataError)
    await fails(' \n', /^a\.csv is empty/, {}, DataError)
    await fails('a,b\n', /^a\.csv has names but no rows/, {}, DataError)
    await assert.rejects(
      from(aq.fromCSV('a;b\n0,5;1\n')),
      /ArgumentError: columns of the table must be one for each name, got one called 'a;b'\. Give the file's path/,
    )
  })

  it('is read by its path, in UTF-8 or UTF-16, and in no other encoding', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'sizes.csv')
      const onNote = () => undefined
      await writeFile(file, 'höhe,b\n1.5,2\n')
      const data = await from(file, { onNote })
      assert.deepEqual([data.name, data.source, Array.from(data.x)], ['sizes', `${file}: höhe, b`, [1.5, 2]])
      await writeFile(file, Buffer.from('\ufeffhöhe\tb\n1,5\t2,25\n', 'utf16le'))
      assert.deepEqual(Array.from((await from(file, { onNote })).x), [1.5, 2.25])
      await writeFile(file, Buffer.from('höhe,b\n1,2\n', 'latin1'))
      await assert.rejects(from(file, { onNote }), /DataError: .*sizes\.csv: is not UTF-8/)
    }))

  it('takes whole numbers beyond 2^53 for names, in CSV and of 64 bits', async () => {
    const hashes = [9007199254740993n, 9007199254740995n, -9007199254740997n]
    const csv = `a,hash\n${hashes.map((hash, i) => `${i / 2},${hash}`).join('\n')}\n`
    const { note, x } = await read(csv)
    assert.deepEqual(x, [0, 0.5, 1])
    assert.match(note, /left out: hash/)
    const of64 = await from(aq.table({ a: [0.1, 0.2, 0.4], hash: hashes }), { onNote: () => undefined })
    assert.equal(of64.dim, 1)
    await fails(
      'a\n1\n2\n9007199254740993\n',
      /row 2 of column `a` \(line 4\) must be .*, got '9007199254740993'. A whole number beyond 2\^53 counts as a name/,
    )
    assert.deepEqual((await read('a\n1e20\n9007199254740991\n12345678901234567890.0\n')).x.length, 3)
  })
})
