import { endBetween } from '../attacks/end-between.ts'

endBetween(100)
