import { worlds } from './worlds.ts'

worlds(751, 250)
