"""The process that trains. It speaks the protocol of ``labs.events`` on stdout and is told what to do on stdin."""
