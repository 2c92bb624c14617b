import { worlds } from './worlds.ts'

worlds(1201, 400)
