// Tables for people: columns as wide as they need, numbers to the right.

export type Cell = string | number

export function printTable(title: string, rows: readonly Readonly<Record<string, Cell>>[]): void {
  console.log(`\n${title}\n`)
  const [first] = rows
  if (!first) {
    console.log('nothing')
    return
  }
  const names = Object.keys(first)
  const width = (name: string): number => Math.max(name.length, ...rows.map((row) => text(row[name]).length))
  const widths = names.map(width)
  const right = names.map((name) => rows.every((row) => /^([\d.,]+|-|)$/.test(text(row[name]))))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (right[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join(' | ')} |`
  console.log(line(names))
  console.log(`|${widths.map((wide, at) => '-'.repeat(wide + 1) + (right[at] ? ':' : '-')).join('|')}|`)
  for (const row of rows) console.log(line(names.map((name) => text(row[name]))))
}

/** Whole numbers as they are, fractions with the digits that say something. */
function text(cell: Cell | undefined): string {
  if (cell === undefined) return '-'
  if (typeof cell === 'string') return cell
  if (Number.isInteger(cell)) return cell.toLocaleString('en-US')
  return cell >= 100 ? Math.round(cell).toLocaleString('en-US') : cell.toFixed(cell >= 10 ? 1 : 3)
}
