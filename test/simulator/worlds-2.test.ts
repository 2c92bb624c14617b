import { worlds } from './worlds.ts'

worlds(251, 250)
