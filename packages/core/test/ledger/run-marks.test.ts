import { describe, expect, test } from 'vitest'
import { runMarks } from '../../src/ledger/run-marks.ts'
import { MisuseError } from '../../src/model/errors.ts'

describe('runMarks', () => {
  test('gives the tag and the names of a run', () => {
    const marks = runMarks('r-77')
    expect(marks.tags).toEqual({ 'cleardown.run': 'r-77' })
    expect(marks.name('web')).toBe('r-77-web')
  })

  test.each(['a', '7', 'r--7', 'a'.repeat(40)])('takes the run "%s"', (run) => {
    expect(runMarks(run).tags).toEqual({ 'cleardown.run': run })
  })

  test.each(['', '-', '-a', 'a-', 'R-77', 'r_77', 'r 77', 'r.77', 'r-77\n', 'é', 'a'.repeat(41)])(
    'rejects the run "%s"',
    (run) => {
      expect(() => runMarks(run)).toThrow(MisuseError)
      expect(() => runMarks(run)).toThrow(expect.objectContaining({ code: 'bad-run' }))
      expect(() => runMarks(run)).toThrow(`run is "${run}"; it must be 1 to 40 of a-z, 0-9 and "-"`)
    },
  )

  test('rejects a part in the same way', () => {
    expect(() => runMarks('r-77').name('Web')).toThrow('part is "Web"')
  })
})
