// Does nothing; it exists because a real popup comes with a worker.
export {}
