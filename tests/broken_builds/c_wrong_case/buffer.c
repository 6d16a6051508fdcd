#include "Buffer.h"

unsigned long length(const struct buffer *buffer)
{
	return buffer->length;
}
