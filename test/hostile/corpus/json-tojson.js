// toJSON that gives itself anew
JSON.stringify({ toJSON() { return { a: this, b: { toJSON: this.toJSON } }; } });
