// Walks over the activations that a layer reads: for each granule of outputs, for each chunk of pixels, for each place of
// the filter, for each pixel of the chunk. Only counters and adders: all products of sizes come with the program.
module activation_iterator #(
    parameter CHUNK = 8 // pixels in a chunk, 1 for the vector unit
) (
    input  wire        clk,
    input  wire        start,      // begin a layer with the settings below
    input  wire        issue,      // the item on the outputs is taken
    input  wire        vector,
    input  wire        unchecked,  // no edges: two tensors side by side
    input  wire [15:0] origin, origin_x, origin_y,
    input  wire [15:0] width, height,
    input  wire [15:0] out_width, pixels,
    input  wire [15:0] stride_x, stride_y, step_x, step_y,
    input  wire [15:0] filter_x, filter_y, blocks, parts,
    input  wire [15:0] filter_step_x, filter_step_y, dilation_x, dilation_y,
    input  wire [15:0] granules, granule_step,
    output wire [15:0] address,
    output wire        interior,
    output reg  [15:0] part,       // which ROWS lanes of the word
    output reg  [15:0] index,      // of the pixel in its chunk
    output wire        last_index,
    output wire        first,      // first place of the filter
    output wire        last,       // last place of the filter
    output reg  [15:0] granule,
    output wire        ends,       // with the last item of the layer
    output reg         over
);
    reg [15:0] chunk_address, chunk_x, chunk_y, chunk_column, left;
    reg [15:0] item_address, item_x, item_y, item_column;
    reg [15:0] fx, fy, block, offset_x, offset_y, shift_x, shift_y, granule_offset;

    wire [15:0] most = vector ? 16'd1 : CHUNK[15:0];
    wire last_chunk = left <= most;
    wire [15:0] count = last_chunk ? left : most;
    assign last_index = index + 16'd1 == count;

    wire wrap = item_column + 16'd1 == out_width;
    wire [15:0] next_address = item_address + (wrap ? step_y : step_x);
    wire [15:0] next_x = wrap ? origin_x : item_x + stride_x;
    wire [15:0] next_y = wrap ? item_y + stride_y : item_y;
    wire [15:0] next_column = wrap ? 16'd0 : item_column + 16'd1;

    wire last_part = part + 16'd1 == parts;
    wire last_block = block + 16'd1 == blocks;
    wire last_x = fx + 16'd1 == filter_x;
    wire last_y = fy + 16'd1 == filter_y;
    assign first = part == 0 && block == 0 && fx == 0 && fy == 0;
    assign last = last_part && last_block && last_x && last_y;

    assign ends = last && last_chunk && granule + 16'd1 == granules;

    wire [15:0] x = item_x + shift_x;
    wire [15:0] y = item_y + shift_y;
    assign interior = unchecked || (x < width && y < height); // what lies left or above wraps to a large number
    assign address = item_address + granule_offset + offset_y + offset_x + block;

    always @(posedge clk)
        if (start) begin
            {item_address, chunk_address} <= {origin, origin};
            {item_x, chunk_x} <= {origin_x, origin_x};
            {item_y, chunk_y} <= {origin_y, origin_y};
            {item_column, chunk_column} <= 32'd0;
            left <= pixels;
            index <= 16'd0;
            {fx, fy, block, part} <= 64'd0;
            {offset_x, offset_y, shift_x, shift_y} <= 64'd0;
            {granule, granule_offset} <= 32'd0;
            over <= 1'b0;
        end else if (issue) begin
            index <= last_index ? 16'd0 : index + 16'd1;
            if (!last_index) begin
                item_address <= next_address;
                item_x <= next_x;
                item_y <= next_y;
                item_column <= next_column;
            end else if (!last) begin // the same pixels at the next place of the filter
                item_address <= chunk_address;
                item_x <= chunk_x;
                item_y <= chunk_y;
                item_column <= chunk_column;
                part <= last_part ? 16'd0 : part + 16'd1;
                if (last_part) begin
                    block <= last_block ? 16'd0 : block + 16'd1;
                    if (last_block) begin
                        fx <= last_x ? 16'd0 : fx + 16'd1;
                        offset_x <= last_x ? 16'd0 : offset_x + filter_step_x;
                        shift_x <= last_x ? 16'd0 : shift_x + dilation_x;
                        if (last_x) begin
                            fy <= fy + 16'd1;
                            offset_y <= offset_y + filter_step_y;
                            shift_y <= shift_y + dilation_y;
                        end
                    end
                end
            end else begin
                {fx, fy, block, part} <= 64'd0;
                {offset_x, offset_y, shift_x, shift_y} <= 64'd0;
                if (!last_chunk) begin
                    {item_address, chunk_address} <= {next_address, next_address};
                    {item_x, chunk_x} <= {next_x, next_x};
                    {item_y, chunk_y} <= {next_y, next_y};
                    {item_column, chunk_column} <= {next_column, next_column};
                    left <= left - most;
                end else begin
                    {item_address, chunk_address} <= {origin, origin};
                    {item_x, chunk_x} <= {origin_x, origin_x};
                    {item_y, chunk_y} <= {origin_y, origin_y};
                    {item_column, chunk_column} <= 32'd0;
                    left <= pixels;
                    granule <= granule + 16'd1;
                    granule_offset <= granule_offset + granule_step;
                    over <= granule + 16'd1 == granules;
                end
            end
        end
endmodule
