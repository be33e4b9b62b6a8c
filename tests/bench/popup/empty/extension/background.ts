// Nothing to do; a real popup comes with a worker.
export {}
