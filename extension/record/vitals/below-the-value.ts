// What a card shows below its newest value. It is one file, and the popup does not wait for it (popup-size.test.ts).
// biome-ignore-all lint/performance/noBarrelFile: that is what it is for

export { ReadingTable } from './reading-table.tsx'
export { Chart } from './vital-chart.tsx'
